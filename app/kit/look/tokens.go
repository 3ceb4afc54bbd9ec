package look

import "fyne.io/fyne/v2"

// Token names one colour of the look. It is a theme colour name, so Fyne finds it in a Theme like its own.
type Token = fyne.ThemeColorName

// The colours, each named for its work and not for its hue.
const (
	Ground      Token = "kith.ground"      // the page
	Card        Token = "kith.card"        // cards, day cells, bubbles’ sheet
	Sunk        Token = "kith.sunk"        // inside of fields, table heads, other people’s bubbles
	Line        Token = "kith.line"        // hairlines between things (never the only sign of anything)
	Edge        Token = "kith.edge"        // borders of fields and choices, scroll bar
	Ink         Token = "kith.ink"         // text
	Ink2        Token = "kith.ink2"        // second line of text, hints
	Rail        Token = "kith.rail"        // the rail
	RailInk     Token = "kith.railInk"     // rail words
	RailInk2    Token = "kith.railInk2"    // rail second line, Hide now border
	RailLine    Token = "kith.railLine"    // rail edge in strong contrast
	RailHover   Token = "kith.railHover"   // rail item under the pointer
	RailSel     Token = "kith.railSel"     // chosen rail item
	RailSelInk  Token = "kith.railSelInk"  // its words
	Primary     Token = "kith.primary"     // main button, chosen option, links
	OnPrimary   Token = "kith.onPrimary"   // words on it
	PrimarySoft Token = "kith.primarySoft" // chosen option, own bubble, today
	PrimaryInk  Token = "kith.primaryInk"  // words on it; main button under the pointer
	Tonight     Token = "kith.tonight"     // the Tonight button and its panel’s border
	OnTonight   Token = "kith.onTonight"   // words on it
	TonightSoft Token = "kith.tonightSoft" // ring-now panel
	TonightInk  Token = "kith.tonightInk"  // words on it
	Danger      Token = "kith.danger"      // allergy border, End, Not needed now
	OnDanger    Token = "kith.onDanger"    // words on a filled danger button
	DangerSoft  Token = "kith.dangerSoft"  // allergy box
	DangerInk   Token = "kith.dangerInk"   // its heading
	Amber       Token = "kith.amber"       // two versions: border and icon
	AmberSoft   Token = "kith.amberSoft"   // two-versions banner, agreement line
	AmberInk    Token = "kith.amberInk"    // words on it
	Ok          Token = "kith.ok"          // done: border and icon
	OkSoft      Token = "kith.okSoft"      // done chip, free bed, family time
	OkInk       Token = "kith.okInk"       // words on it
	Blue        Token = "kith.blue"        // news: border and icon
	BlueSoft    Token = "kith.blueSoft"    // news banner, group event, has-it chip
	BlueInk     Token = "kith.blueInk"     // words on it
	Plum        Token = "kith.plum"        // sleepover: bar and icon
	PlumSoft    Token = "kith.plumSoft"    // sleepover pill, full bed
	PlumInk     Token = "kith.plumInk"     // words on it
	Stone       Token = "kith.stone"       // quiet: bar and icon
	StoneSoft   Token = "kith.stoneSoft"   // quiet chip, other event
	StoneInk    Token = "kith.stoneInk"    // words on it
	Focus       Token = "kith.focus"       // focus ring
	FocusRail   Token = "kith.focusRail"   // focus ring on the rail

	// The dark panel of the welcome and the lock, which stays dark green in light and dark alike.
	Panel     Token = "kith.panel"     // the panel
	PanelInk  Token = "kith.panelInk"  // words on it
	PanelInk2 Token = "kith.panelInk2" // hints on it
	Open      Token = "kith.open"      // the Open button
	OnOpen    Token = "kith.onOpen"    // words on it
)

// colours holds each token as light, dark, strong contrast, RGB.
var colours = map[Token][3]uint32{
	Ground:      {0xe7eee9, 0x0f1916, 0x000000},
	Card:        {0xffffff, 0x192622, 0x000000},
	Sunk:        {0xf3f7f4, 0x13201b, 0x000000},
	Line:        {0xc4d1c9, 0x35483f, 0xffffff},
	Edge:        {0x5b6e64, 0x8ca499, 0xffffff},
	Ink:         {0x15231e, 0xedf3ef, 0xffffff},
	Ink2:        {0x42534b, 0xb9cac1, 0xffffff},
	Rail:        {0x143c36, 0x0a1210, 0x000000},
	RailInk:     {0xffffff, 0xedf3ef, 0xffffff},
	RailInk2:    {0xcbe2d8, 0xb9cac1, 0xffffff},
	RailLine:    {0x2f5a52, 0x2a3b34, 0xffffff},
	RailHover:   {0x22524a, 0x182823, 0x333333},
	RailSel:     {0xe7eee9, 0x24473d, 0xffe600},
	RailSelInk:  {0x143c36, 0xffffff, 0x000000},
	Primary:     {0x1b6152, 0x8fd5be, 0xffe600},
	OnPrimary:   {0xffffff, 0x07241c, 0x000000},
	PrimarySoft: {0xd5eadf, 0x1d4035, 0x000000},
	PrimaryInk:  {0x124a3e, 0xc3ecdd, 0xffffff},
	Tonight:     {0xa6420c, 0xf2a468, 0xffffff},
	OnTonight:   {0xffffff, 0x2b1400, 0x000000},
	TonightSoft: {0xfde6d5, 0x472a14, 0x000000},
	TonightInk:  {0x7a2f05, 0xffd5b1, 0xffffff},
	Danger:      {0xa01f33, 0xff9da7, 0xffffff},
	OnDanger:    {0xffffff, 0x3b0610, 0x000000},
	DangerSoft:  {0xfce4e6, 0x4b1921, 0x000000},
	DangerInk:   {0x7e1525, 0xffcdd2, 0xffffff},
	Amber:       {0x8a6100, 0xe3bc4f, 0xffe600},
	AmberSoft:   {0xfbefcb, 0x40330f, 0x000000},
	AmberInk:    {0x5a4100, 0xf7e09a, 0xffe600},
	Ok:          {0x24703f, 0x7fce98, 0xffffff},
	OkSoft:      {0xdaefdf, 0x1a3d27, 0x000000},
	OkInk:       {0x174d2b, 0xbae9c8, 0xffffff},
	Blue:        {0x2b5b8f, 0x90bfec, 0xffffff},
	BlueSoft:    {0xdeeaf6, 0x1b334b, 0x000000},
	BlueInk:     {0x1b426c, 0xc0dbf7, 0xffffff},
	Plum:        {0x6c3a73, 0xd29fda, 0xffffff},
	PlumSoft:    {0xf1e4f3, 0x3c2541, 0x000000},
	PlumInk:     {0x54295a, 0xedccf2, 0xffffff},
	Stone:       {0x5b6e64, 0x8ca499, 0xffffff},
	StoneSoft:   {0xe9eeeb, 0x26352f, 0x000000},
	StoneInk:    {0x36463e, 0xcbd8d1, 0xffffff},
	Focus:       {0x4a2fc4, 0xffd84d, 0x00e5ff},
	FocusRail:   {0xffd84d, 0xffd84d, 0x00e5ff},

	Panel:     {0x143c36, 0x143c36, 0x000000},
	PanelInk:  {0xffffff, 0xffffff, 0xffffff},
	PanelInk2: {0xcbe2d8, 0xcbe2d8, 0xffffff},
	Open:      {0xf6c79e, 0xf6c79e, 0xffe600},
	OnOpen:    {0x2b1400, 0x2b1400, 0x000000},
}
