package op

import (
	"fmt"

	"kith/store/kp1"
)

// The refusals of this package. What is malformed or over a limit wraps kp1.ErrForm or kp1.ErrTooBig.
var (
	// ErrNoKey says that no key handed in opens this envelope or box. The envelope may be good: keys may come later.
	ErrNoKey = &kp1.Error{ECode: "E_NO_KEY", Msg: "no key opens it"}
	// ErrForged says that a signature is not by the device that is named as author.
	ErrForged = &kp1.Error{ECode: "E_FORGED", Msg: "signature is not the author's"}
	// ErrTampered says that a key fits but the content was changed by someone who does not hold it.
	ErrTampered = &kp1.Error{ECode: "E_TAMPERED", Msg: "sealed content was changed"}
	// ErrForeign says that an op belongs to another group or compartment than the envelope it came in.
	ErrForeign = &kp1.Error{ECode: "E_FOREIGN", Msg: "op of another group or compartment"}
	// ErrNewer says that an envelope is of a version this program does not know.
	ErrNewer = kp1.ErrNewer
)

func malformed(format string, args ...any) error {
	return fmt.Errorf(format+": %w", append(args, kp1.ErrForm)...)
}

func tooBig(format string, args ...any) error {
	return fmt.Errorf(format+": %w", append(args, kp1.ErrTooBig)...)
}
