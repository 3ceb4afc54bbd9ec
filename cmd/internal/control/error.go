package control

// A coded error is one that a person may meet; app/present has its sentence.
type coded struct{ code, msg string }

func (e *coded) Error() string { return e.msg }

// Code is the stable name of the error, as `kithctl --json` prints it.
func (e *coded) Code() string { return e.code }

// Errors that callers act on.
var (
	// ErrInUse: another process holds this home.
	ErrInUse error = &coded{"E_IN_USE", "another process holds this home"}
	// ErrNobody: no process holds this home, so there is nobody to ask.
	ErrNobody error = &coded{"E_NOT_RUNNING", "no running Kith holds this home"}
	// ErrTooLong: the request does not fit into one frame.
	ErrTooLong error = &coded{"E_TOO_BIG", "the command is too long"}
	// ErrCut: the holder went away before it said how the verb ended. What the verb wrote may or may not be there.
	ErrCut error = &coded{"E_HOLDER_GONE", "the running Kith went away"}
	// ErrFolder: the folder for the socket belongs to somebody else, or others may put a socket there.
	ErrFolder error = &coded{"E_UNSAFE_FOLDER", "the folder for the control socket is not ours alone"}
)
