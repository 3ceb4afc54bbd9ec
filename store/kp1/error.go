package kp1

// Error is a refusal with a code that stays the same for ever ("E_..."), so that the window and kithctl can choose a
// sentence for it. Msg is for logs and developers. Sentinels are *Error values: wrap them with %w, match with errors.Is.
type Error struct{ ECode, Msg string }

// Error returns the message without the code.
func (e *Error) Error() string { return e.Msg }

// Code returns the stable code.
func (e *Error) Code() string { return e.ECode }

// The refusals of this package.
var (
	// ErrForm says that bytes are not in the one canonical form, or do not have the shape that was asked for.
	ErrForm = &Error{"E_MALFORMED", "not canonical"}
	// ErrTooBig says that a limit of limit.go is passed.
	ErrTooBig = &Error{"E_TOO_BIG", "over a limit"}
	// ErrNewer says that something was made by a later version than this program knows.
	ErrNewer = &Error{"E_NEWER", "needs a newer version"}
	// ErrWeakKey says that a public key is not canonically encoded, not on the curve or of small order.
	ErrWeakKey = &Error{"E_BAD_KEY", "public key refused"}
)
