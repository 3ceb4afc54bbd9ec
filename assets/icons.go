package assets

// The icons of the app. An icon never stands without its word, except inside its own labelled row.
const (
	IconAsleep   Icon = "asleep"   // states: a computer that is off
	IconBack     Icon = "back"     // doing: back
	IconBed      Icon = "bed"      // places: Sleepovers
	IconBook     Icon = "book"     // kinds: school and health
	IconCalendar Icon = "calendar" // places: Calendar
	IconCar      Icon = "car"      // kinds: lifts, away
	IconComputer Icon = "computer" // states: saved on this computer
	IconCross    Icon = "cross"    // doing: cancel
	IconCup      Icon = "cup"      // kinds: visit, other
	IconDone     Icon = "done"     // states: done, has it
	IconEye      Icon = "eye"      // states: who can see
	IconFlag     Icon = "flag"     // doing: worried, report
	IconForward  Icon = "forward"  // doing: next
	IconFull     Icon = "full"     // states: full
	IconGoing    Icon = "going"    // states: on its way
	IconHeart    Icon = "heart"    // kinds: family time
	IconHelp     Icon = "help"     // places: Help; also "not said"
	IconHide     Icon = "hide"     // doing: hide now
	IconHome     Icon = "home"     // places: a home
	IconInvite   Icon = "invite"   // doing: invite someone
	IconKeepsake Icon = "keepsake" // places: Keepsakes
	IconList     Icon = "list"     // places: a list
	IconLock     Icon = "lock"     // states: locked
	IconMap      Icon = "map"      // places: the people map
	IconMedicine Icon = "medicine" // kinds: medicine
	IconMessages Icon = "messages" // places: Messages
	IconMoon     Icon = "moon"     // places: Tonight
	IconPage     Icon = "page"     // kinds: a page
	IconPause    Icon = "pause"    // doing: pause
	IconPencil   Icon = "pencil"   // doing: write, change
	IconPeople   Icon = "people"   // places: People
	IconPhone    Icon = "phone"    // doing: ring
	IconPlus     Icon = "plus"     // doing: add
	IconPrint    Icon = "print"    // doing: print
	IconSave     Icon = "save"     // doing: save
	IconSettings Icon = "settings" // places: Settings
	IconShield   Icon = "shield"   // states: six words checked
	IconStop     Icon = "stop"     // states: allergy
	IconTick     Icon = "tick"     // doing: yes, chosen
	IconToday    Icon = "today"    // places: Today
	IconVersions Icon = "versions" // states: two versions
	IconWaiting  Icon = "waiting"  // states: waiting, not yet
	IconWarning  Icon = "warning"  // states: something to put right
)

// Icons lists every icon, in the order of their names.
func Icons() []Icon {
	return []Icon{
		IconAsleep,
		IconBack,
		IconBed,
		IconBook,
		IconCalendar,
		IconCar,
		IconComputer,
		IconCross,
		IconCup,
		IconDone,
		IconEye,
		IconFlag,
		IconForward,
		IconFull,
		IconGoing,
		IconHeart,
		IconHelp,
		IconHide,
		IconHome,
		IconInvite,
		IconKeepsake,
		IconList,
		IconLock,
		IconMap,
		IconMedicine,
		IconMessages,
		IconMoon,
		IconPage,
		IconPause,
		IconPencil,
		IconPeople,
		IconPhone,
		IconPlus,
		IconPrint,
		IconSave,
		IconSettings,
		IconShield,
		IconStop,
		IconTick,
		IconToday,
		IconVersions,
		IconWaiting,
		IconWarning,
	}
}
