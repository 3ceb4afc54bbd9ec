package present

import (
	"errors"
	"maps"
	"slices"
	"strings"

	"kith/assets/words"
)

// A Problem is what is said when something did not work: what happened, what is safe, what to do next. Each is one or two
// whole sentences. The zero Problem says nothing.
type Problem struct{ What, Safe, Next string }

// None reports whether there is nothing to say.
func (p Problem) None() bool { return p == Problem{} }

// Text returns all of it as one paragraph.
func (p Problem) Text() string {
	return strings.TrimSpace(strings.Join([]string{p.What, p.Safe, p.Next}, " "))
}

// Code returns the stable code of err or of what it wraps, "E_UNKNOWN" for an error without one, and nothing for nil.
func Code(err error) string {
	if err == nil {
		return ""
	}
	var coded interface{ Code() string }
	if errors.As(err, &coded) && strings.HasPrefix(coded.Code(), "E_") {
		return coded.Code()
	}
	return "E_UNKNOWN"
}

// Explain returns the sentences for err. Every code that the program can give has its own; one that it cannot give yet
// is explained in general words. A nil err gives the zero Problem.
func Explain(err error) Problem {
	if err == nil {
		return Problem{}
	}
	return ExplainCode(Code(err))
}

// ExplainCode is Explain for a code alone, as it comes over the control socket.
func ExplainCode(code string) Problem {
	if other, ok := alike[code]; ok {
		code = other
	}
	k, general := trouble(code), words.Key("trouble.unknown")
	if strings.HasPrefix(code, "E_RULE_") {
		general = "trouble.rule"
	}
	part := func(name words.Key) string {
		if words.English().Has(k + name) {
			return Say(k + name)
		}
		return Say(general + name)
	}
	return Problem{What: part(".what"), Safe: part(".safe"), Next: part(".next")}
}

// alike maps codes that mean the same to a person to one of them: what came in is not what it says it is.
var alike = map[string]string{
	"E_CHAIN": "E_BAD_KEY", "E_FORGED": "E_BAD_KEY", "E_STRANGER": "E_BAD_KEY", "E_FOREIGN": "E_BAD_KEY",
	"E_FORK": "E_BAD_KEY", "E_BAD_BOX": "E_BAD_KEY",
	"E_CHECKPOINT_MISSING": "E_DAMAGED", "E_CHECKPOINT_VERSION": "E_DAMAGED",
}

// trouble returns the area of a code's sentences: E_DISK_FULL stands under trouble.disk-full.
func trouble(code string) words.Key {
	return words.Key("trouble." + strings.ToLower(strings.ReplaceAll(strings.TrimPrefix(code, "E_"), "_", "-")))
}

// Codes returns every code that has sentences of its own, sorted.
func Codes() []string {
	all := slices.Collect(maps.Keys(alike))
	for _, k := range words.English().Keys("trouble.") {
		if name, ok := strings.CutSuffix(strings.TrimPrefix(string(k), "trouble."), ".what"); ok {
			all = append(all, "E_"+strings.ToUpper(strings.ReplaceAll(name, "-", "_")))
		}
	}
	slices.Sort(all)
	return all
}
