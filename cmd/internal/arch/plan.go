package arch

// A Room is one planned package: whom of ours it may import, and whether it is pure. Import lists are folders of the
// module; a last part of "..." means the folder and all below it.
type Room struct {
	Path string
	May  []string
	Pure bool // no disk, network, clock or chance
	Fyne bool // it may draw
}

// nouns is all that app may know of store: the alphabet, what families agree and who is in. No ledger.
var nouns = []string{"store/kp1", "store/care/...", "store/group"}

// everything is what cmd wires together.
var everything = []string{"app/...", "store/...", "network/...", "assets/...", "cmd/internal/..."}

// Plan is the floor plan. A new package is one line here and one in docs/ARCHITECTURE.md, in the same commit.
var Plan = []Room{
	{Path: "cmd/kith", May: everything, Fyne: true},
	{Path: "cmd/kithctl", May: everything},
	{Path: "cmd/kith-mailbox", May: everything},
	{Path: "cmd/internal/peer", May: with(nouns, "app/present/...", "assets/...", "store/...", "network/...", "cmd/internal/verb")},
	{Path: "cmd/internal/control"},
	{Path: "cmd/internal/verb", May: with(nouns, "app/present/...", "app/paper", "app/paper/ics", "app/picture", "app/qr", "assets/...", "cmd/internal/control")},
	{Path: "cmd/internal/demo", May: everything},
	{Path: "cmd/internal/bench", May: everything},
	{Path: "cmd/internal/sim", May: everything},
	{Path: "cmd/internal/story", May: everything},
	{Path: "cmd/internal/arch"},

	{Path: "app", May: with(nouns, "app/...", "assets/..."), Fyne: true},
	{Path: "app/screen", May: screen, Fyne: true},
	{Path: "app/screen/calendar", May: with(screen, "app/screen"), Fyne: true},
	{Path: "app/screen/help", May: with(screen, "app/screen"), Fyne: true},
	{Path: "app/screen/locked", May: with(screen, "app/screen", "app/screen/help"), Fyne: true},
	{Path: "app/screen/message", May: with(screen, "app/screen"), Fyne: true},
	{Path: "app/screen/news", May: with(screen, "app/screen"), Fyne: true},
	{Path: "app/screen/people", May: with(screen, "app/screen"), Fyne: true},
	{Path: "app/screen/settings", May: with(screen, "app/screen"), Fyne: true},
	{Path: "app/screen/sleepover", May: with(screen, "app/screen"), Fyne: true},
	{Path: "app/screen/start", May: with(screen, "app/screen"), Fyne: true},
	{Path: "app/screen/today", May: with(screen, "app/screen"), Fyne: true},
	{Path: "app/screen/tonight", May: with(screen, "app/screen"), Fyne: true},
	{Path: "app/present", May: with(nouns, "assets/...")},
	{Path: "app/present/calendar", May: presented},
	{Path: "app/present/fake", May: presented},
	{Path: "app/present/help", May: presented},
	{Path: "app/present/locked", May: with(presented, "app/present/help")},
	{Path: "app/present/message", May: with(presented, "app/picture")},
	{Path: "app/present/news", May: with(presented, "app/present/sleepover")},
	{Path: "app/present/people", May: presented},
	{Path: "app/present/settings", May: presented},
	{Path: "app/present/shell", May: with(presented, "app/present/message", "app/present/people", "app/present/today")},
	{Path: "app/present/sleepover", May: presented},
	{Path: "app/present/start", May: with(presented, "app/present/settings")},
	{Path: "app/present/today", May: with(presented, "app/present/calendar", "app/present/message", "app/present/news", "app/present/people", "app/present/sleepover")},
	{Path: "app/present/tonight", May: with(presented, "app/present/sleepover")},
	{Path: "app/kit", May: []string{"app/kit/look", "assets/..."}, Fyne: true},
	{Path: "app/kit/look", May: []string{"assets/..."}, Fyne: true},
	{Path: "app/platform", May: []string{"app/qr"}, Fyne: true},
	{Path: "app/paper", May: with(nouns, "app/present/...", "app/qr", "assets/...")},
	{Path: "app/paper/ics", May: with(presented, "app/paper/line")},
	{Path: "app/paper/line", May: nouns},
	{Path: "app/paper/table", May: with(presented, "app/paper/line")},
	{Path: "app/paper/vcf", May: with(presented, "app/paper/line")},
	{Path: "app/picture"},
	{Path: "app/qr"},
	{Path: "app/uitest", May: with(nouns, "app/...", "assets/..."), Fyne: true},

	{Path: "store", May: []string{"store/..."}},
	{Path: "store/care", May: []string{"store/kp1", "store/care/..."}, Pure: true},
	{Path: "store/care/act", May: []string{"store/kp1"}, Pure: true},
	{Path: "store/care/file", May: []string{"store/kp1"}, Pure: true},
	{Path: "store/care/page", May: []string{"store/kp1"}, Pure: true},
	{Path: "store/care/calendar", May: noun, Pure: true},
	{Path: "store/care/erase", May: noun, Pure: true},
	{Path: "store/care/people", May: noun, Pure: true},
	{Path: "store/care/sleepover", May: noun, Pure: true},
	{Path: "store/care/thread", May: noun, Pure: true},
	{Path: "store/care/when", May: []string{"store/kp1"}, Pure: true},
	{Path: "store/group", May: []string{"store/kp1"}, Pure: true},
	{Path: "store/op", May: []string{"store/kp1"}},
	{Path: "store/invite", May: []string{"store/kp1", "store/op", "store/group", "store/keyring"}},
	{Path: "store/blob", May: []string{"store/kp1", "store/op", "store/care/file"}},
	{Path: "store/bundle", May: []string{"store/kp1", "store/op"}},
	{Path: "store/link", May: []string{"store/kp1", "store/op", "store/group", "store/keyring"}},
	{Path: "store/keyring", May: []string{"store/kp1"}},
	{Path: "store/kp1", Pure: true},

	{Path: "network", May: []string{"network/..."}},
	{Path: "network/wire", May: []string{"network/reconcile"}},
	{Path: "network/reconcile", Pure: true},
	{Path: "network/mailbox", May: []string{"network/reconcile"}, Pure: true},
	{Path: "network/keeper", May: []string{"network", "network/wire", "network/reconcile", "network/mailbox"}},
	{Path: "network/nettest", May: []string{"network/..."}},

	{Path: "assets"},
	{Path: "assets/words"},
	{Path: "assets/numbers"},
	{Path: "assets/holidays"},
}

var (
	noun      = []string{"store/kp1", "store/care/act", "store/care/file", "store/care/page", "store/care/when"}
	presented = with(nouns, "app/present", "assets/...")
	screen    = with(nouns, "app/present/...", "app/kit/...", "app/platform", "app/paper", "app/qr", "assets/...")
)

func with(base []string, more ...string) []string {
	return append(append([]string(nil), base...), more...)
}
