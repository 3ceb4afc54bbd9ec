package group

import (
	"flag"
	"math/rand/v2"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// property is a random check as a mutant is put to it.
type property struct {
	name  string
	check func(tb, *rand.Rand)
}

// script is a test of its own, and what its failure has to say: a mutant that dies of something else shows nothing.
type script struct {
	name  string
	check func(tb)
	says  string
}

// mutation is one rule taken away, with the tests that fail without it: scripts always, properties within some cases.
type mutation struct {
	rule    string
	off     off
	scripts []script
	props   []property
}

var mutants = []mutation{
	{
		"R2",
		off{r2: true},
		[]script{
			{"TestR2RemovalsStand", r2RemovalsStand, "auth/set-role by one who was removed) = undone by a removal"},
			{"TestT15Rows", t15Rows, "a removed admin's removal of another still holds"},
		},
		[]property{{"TestT9Convergence", ignore(t9Converges)}, {"TestT10NoResurrection", ignore(t10NoResurrection)}},
	},
	{
		"R3",
		off{r3: true},
		[]script{
			{"TestT15Rows", t15Rows, "an admin admits families while being removed"},
			{"TestR3Evidence", r3Evidence, `"bob 2, eve 1, fay 1", want "bob 2, eve 1"`},
			{"TestT19Cascade", t19Cascade, `after the removal: "ann 2, cat 1"`},
		},
		[]property{{"TestT9Convergence", ignore(t9Converges)}, {"TestT11NothingByTheRemoved", t11Random}},
	},
	{
		"R3, the power rule",
		off{power: true},
		[]script{{"TestR3Power", r3Power, `"ann 2, bob 2, cat 2", want "ann 2, bob 2, cat 2, eve 1"`}},
		[]property{{"TestT9Convergence", ignore(t9Converges)}},
	},
	{
		"R4",
		off{r4: true},
		[]script{{"TestT15Rows", t15Rows, "one removes, another brings back at the same time"}},
		[]property{{"TestT9Convergence", ignore(t9Converges)}, {"TestT10NoResurrection", ignore(t10NoResurrection)}},
	},
	{
		"R5",
		off{r5: true},
		[]script{{"TestT19Cascade", t19Cascade, "Standing(cat's Rekey) = <nil>, want ErrUndone"}},
		[]property{{"TestT9Convergence", ignore(t9Converges)}, {"TestT19Cascades", ignore(t19Random)}},
	},
	{
		"the chain-monotone past",
		off{chain: true},
		[]script{{"TestChainMonotone", chainMonotone, "an Admit that forgets the one before it) = <nil>"}},
		nil,
	},
	{
		"the fork fence",
		off{fork: true},
		[]script{
			{"TestT14LiveEquivocation", t14LiveEquivocation, "second branch without witness: <nil>"},
			{"TestT13EverySeq", t13EverySeq, "the founder standing: Add(auth/admit) = <nil>"},
		},
		nil,
	},
	{
		"the late fence",
		off{late: true},
		[]script{
			{"TestT13LateFence", t13LateFence, "Add = <nil>, want ErrWaiting"},
			{"TestT13IdleSecondDevice", t13IdleSecondDevice, "Add(a stranger made admin) = <nil>"},
			{"TestT12SecondKey", t12SecondKey, "admits an admin, standing true: Add = <nil>"},
		},
		[]property{{"TestT11NothingByTheRemoved", t11Random}, {"TestT12OneIdentity", ignore(t12OneIdentity)}},
	},
	{
		"the second key of the late fence",
		off{keys: true},
		[]script{{"TestT12SecondKey", t12SecondKey, "the helper's word lets it in"}},
		[]property{{"TestT12OneIdentity", ignore(t12OneIdentity)}},
	},
	{
		"spent proposals",
		off{spent: true},
		[]script{{"TestT16SpentProposal", t16SpentProposal, "auth/approve by cat = <nil>, want proposal spent"}},
		[]property{{"TestT9Convergence", ignore(t9Converges)}},
	},
	{
		"usable epochs",
		off{usable: true},
		[]script{
			{"TestT21ConcurrentRemovals", t21ConcurrentRemovals, "an epoch that includes one of the removed is usable"},
			{"TestOneAdminsWorth", oneAdminsWorth, "NeedRekey() = false after Remove"},
			{"TestT24Newcomers", t24Newcomers, "names an epoch that a removed newcomer was given"},
		},
		[]property{{"TestT20PickedEpochs", ignore(t20Picked)}},
	},
	{
		"the check of commitments",
		off{commit: true},
		[]script{{"TestT23MaliciousRekey", t23MaliciousRekey, "auth/rekey by dan = <nil>"}},
		nil,
	},
}

func ignore[T any](check func(tb, *rand.Rand) T) func(tb, *rand.Rand) {
	return func(t tb, r *rand.Rand) { check(t, r) }
}

// long reports whether more cases are asked for than go test asks for by itself.
func long() bool {
	f := flag.Lookup("rapid.checks")
	n, err := strconv.Atoi(f.Value.String())
	return err == nil && n > 100
}

// TestMutations takes each rule away and wants every test that names it to fail, by what the rule is for, and to pass when it
// is back; and each switch that is there takes its turn. In the
// long form the properties are put to it as well: each has to find the fault within its cases.
func TestMutations(t *testing.T) {
	switches := reflect.TypeFor[off]()
	for i := range switches.NumField() {
		if !slices.ContainsFunc(mutants, func(m mutation) bool { return reflect.ValueOf(m.off).Field(i).Bool() }) {
			t.Errorf("nothing is tried without %s", switches.Field(i).Name)
		}
	}
	for _, m := range mutants {
		t.Run(m.rule, func(t *testing.T) {
			for _, c := range m.scripts {
				if err := (off{}).under(t, c.check); err != nil {
					t.Errorf("%s, with the rule: %v", c.name, err)
				}
				if err := m.off.under(t, c.check); err == nil || !strings.Contains(err.Error(), c.says) {
					t.Errorf("%s without the rule: %v, want it to fail by %q", c.name, err, c.says)
				}
			}
			if !long() {
				return
			}
			for _, p := range m.props {
				found := 0
				rapid.Check(t, func(rt *rapid.T) {
					seed := rapid.Uint64().Draw(rt, "seed")
					if found > 0 {
						return
					}
					if err := m.off.under(rt, func(t tb) { p.check(t, rand.New(rand.NewPCG(seed, 7))) }); err != nil {
						found++
					}
				})
				if found == 0 {
					t.Errorf("%s passes without the rule", p.name)
				}
			}
		})
	}
}
