package group

import (
	"flag"
	"math/rand/v2"
	"strconv"
	"testing"

	"pgregory.net/rapid"
)

// property is a random check as a mutant is put to it.
type property struct {
	name  string
	check func(tb, *rand.Rand)
}

// mutants are the rules, each with the tests that fail without it: scripts always, properties within some cases.
var mutants = []struct {
	rule    string
	off     off
	scripts map[string]func(tb)
	props   []property
}{
	{
		"R2",
		off{r2: true},
		map[string]func(tb){"TestR2RemovalsStand": r2RemovalsStand, "TestT15Rows": t15Rows},
		[]property{{"TestT9Convergence", ignore(t9Converges)}, {"TestT10NoResurrection", ignore(t10NoResurrection)}},
	},
	{
		"R3",
		off{r3: true},
		map[string]func(tb){"TestT15Rows": t15Rows, "TestR3Evidence": r3Evidence, "TestT19Cascade": t19Cascade},
		[]property{{"TestT9Convergence", ignore(t9Converges)}, {"TestT11NothingByTheRemoved", t11Random}},
	},
	{
		"R3, the power rule",
		off{power: true},
		map[string]func(tb){"TestR3Power": r3Power},
		[]property{{"TestT9Convergence", ignore(t9Converges)}},
	},
	{
		"R4",
		off{r4: true},
		map[string]func(tb){"TestT15Rows": t15Rows},
		[]property{{"TestT9Convergence", ignore(t9Converges)}, {"TestT10NoResurrection", ignore(t10NoResurrection)}},
	},
	{
		"R5",
		off{r5: true},
		map[string]func(tb){"TestT19Cascade": t19Cascade},
		[]property{{"TestT9Convergence", ignore(t9Converges)}, {"TestT19Cascades", ignore(t19Random)}},
	},
	{
		"the chain-monotone past",
		off{chain: true},
		map[string]func(tb){"TestChainMonotone": chainMonotone},
		nil,
	},
	{
		"the fork fence",
		off{fork: true},
		map[string]func(tb){"TestT14LiveEquivocation": t14LiveEquivocation, "TestT13EverySeq": t13EverySeq},
		nil,
	},
	{
		"the late fence",
		off{late: true},
		map[string]func(tb){
			"TestT13LateFence": t13LateFence, "TestT13IdleSecondDevice": t13IdleSecondDevice, "TestT12SecondKey": t12SecondKey,
		},
		[]property{{"TestT11NothingByTheRemoved", t11Random}, {"TestT12OneIdentity", ignore(t12OneIdentity)}},
	},
	{
		"the second key of the late fence",
		off{keys: true},
		map[string]func(tb){"TestT12SecondKey": t12SecondKey},
		[]property{{"TestT12OneIdentity", ignore(t12OneIdentity)}},
	},
	{
		"spent proposals",
		off{spent: true},
		map[string]func(tb){"TestT16SpentProposal": t16SpentProposal},
		[]property{{"TestT9Convergence", ignore(t9Converges)}},
	},
	{
		"usable epochs",
		off{usable: true},
		map[string]func(tb){
			"TestT21ConcurrentRemovals": t21ConcurrentRemovals, "TestOneAdminsWorth": oneAdminsWorth, "TestT24Newcomers": t24Newcomers,
		},
		[]property{{"TestT20PickedEpochs", ignore(t20Picked)}},
	},
	{
		"the check of commitments",
		off{commit: true},
		map[string]func(tb){"TestT23MaliciousRekey": t23MaliciousRekey},
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

// TestMutations takes each rule away and wants every test that names it to fail, and to pass when it is back. In the
// long form the properties are put to it as well: each has to find the fault within its cases.
func TestMutations(t *testing.T) {
	for _, m := range mutants {
		t.Run(m.rule, func(t *testing.T) {
			for name, check := range m.scripts {
				if err := (off{}).under(t, check); err != nil {
					t.Errorf("%s, with the rule: %v", name, err)
				}
				if err := m.off.under(t, check); err == nil {
					t.Errorf("%s passes without the rule", name)
				} else {
					t.Logf("%s: %v", name, err)
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
