package act

import (
	"slices"

	"kith/store/kp1"
)

// Rule is a rule of the family that refuses an act. Its code is stable and its message is for logs; the sentence for
// people is chosen in app/present by the code.
type Rule = kp1.Error

var rules []string

// Named makes a rule and enters its code in the list that Codes returns. Call it in package variables only.
func Named(code, msg string) *Rule {
	if !slices.Contains(rules, code) {
		rules = append(rules, code)
	}
	return &Rule{ECode: code, Msg: msg}
}

// Codes lists every rule's code, sorted. It is complete once all packages are initialised.
func Codes() []string { return slices.Sorted(slices.Values(rules)) }

// The rules that every noun shares.
var (
	RuleGuest    = Named("E_RULE_GUEST", "guests may not do this")
	RuleAdmin    = Named("E_RULE_ADMIN", "admins alone may do this")
	RuleUnknown  = Named("E_RULE_NO_SUCH_THING", "what the act speaks of is not here or is of another kind")
	RuleWaits    = Named("E_RULE_WAITS", "waits for something earlier that is not here yet")
	RuleForm     = Named("E_RULE_FORM", "act not well formed")
	RuleEmpty    = Named("E_RULE_EMPTY", "words missing")
	RuleTooLong  = Named("E_RULE_TOO_LONG", "words over their limit")
	RuleLetters  = Named("E_RULE_LETTERS", "words hold a sign that may not stand there")
	RuleDates    = Named("E_RULE_DATES", "dates or times do not fit together")
	RuleTooMany  = Named("E_RULE_TOO_MANY_REFS", "act names too many earlier acts")
	RuleNotYours = Named("E_RULE_NOT_YOURS", "only who said it may do this")
	RuleWordless = Named("E_RULE_WORDS_GONE", "act without its words cannot be done")
)
