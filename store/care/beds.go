package care

import (
	"slices"

	"kith/store/care/people"
	"kith/store/care/sleepover"
	"kith/store/care/when"
	"kith/store/kp1"
)

// Bed is how many beds one home has and how many are taken on one night. A host who belongs to no household has a line
// of their own, with no beds said.
type Bed struct {
	Household kp1.ID  // none for a host without one
	Host      kp1.MID // that host
	Name      string
	Words     Words
	Adults    []kp1.MID
	Beds      uint
	Taken     uint
	Stays     []kp1.ID // the sleepovers that take them, by id
}

// Over reports whether more beds are taken than there are.
func (b Bed) Over() bool { return b.Taken > b.Beds }

// Free returns how many beds are left.
func (b Bed) Free() uint { return b.Beds - min(b.Beds, b.Taken) }

// Beds returns every household and what is taken of it on one night: by sleepovers agreed, and by children who are
// there. Sorted as people.Households sorts, hosts without one last. Its cost is that of the days around, not of all history.
func (v View) Beds(night when.Date) []Bed {
	var out []Bed
	for _, h := range v.people.Households() {
		if h.Known {
			out = append(out, Bed{Household: h.ID, Name: h.Name, Words: h.Words, Adults: h.Adults, Beds: h.Beds})
		}
	}
	for _, s := range v.sleepovers.Between(night, night.Plus(1)) {
		if s.State != sleepover.Agreed && s.State != sleepover.ArrivedThere {
			continue
		}
		i := home(out, v.people, s.Host)
		if i < 0 {
			out = append(out, Bed{Host: s.Host})
			i = len(out) - 1
		}
		out[i].Taken += s.Beds
		out[i].Stays = append(out[i].Stays, s.ID)
	}
	for i := range out {
		slices.SortFunc(out[i].Stays, kp1.ID.Compare)
	}
	return out
}

// home finds the line of a host: the first of their households, by id.
func home(beds []Bed, p people.People, host kp1.MID) int {
	homes := p.HomesOf(host)
	return slices.IndexFunc(beds, func(b Bed) bool {
		if len(homes) == 0 {
			return b.Household.IsZero() && b.Host == host
		}
		return b.Household == homes[0].ID
	})
}
