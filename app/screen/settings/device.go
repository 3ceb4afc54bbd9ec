package settings

import (
	"kith/app/kit"
	"kith/app/kit/look"
	"kith/app/platform"
	"kith/app/present"
	"kith/app/present/settings"
	"kith/app/screen"
	"kith/assets"
)

// device is the page on which two computers of one person find one another.
type device struct {
	vm  *settings.Device
	nav screen.Nav
	s   settings.DeviceState

	head *kit.Head
	done *kit.Banner
	open *kit.Button
	warn *kit.Banner
	line *kit.IconLine

	code    *kit.Field
	use     *kit.Button
	codeBox *kit.Panel

	photoHead, photoText *kit.Text
	photos               *kit.Choice
	photo                *kit.Field
	usePhoto, lookPhoto  *kit.Button
	photoBox             *kit.Panel

	spokenHead, spokenText *kit.Text
	spoken                 *kit.Words
	spokenBox              *kit.Panel
	showHead, showText     *kit.Text
	picture                *screen.Code
	show                   *kit.Text
	copy                   *kit.Button
	showBox                *kit.Panel

	wordsHead, wordsText *kit.Text
	words                *kit.Words
	yes, no              *kit.Button
	wordsBox             *kit.Panel

	fileHead, fileText, filesLabel *kit.Text
	files                          *kit.Choice
	place                          *screen.Place
	save, find                     *kit.Button
	saved                          *kit.IconLine
	fileBox                        *kit.Panel

	groups        *kit.Repeat[present.Line]
	groupsBox     *kit.Panel
	again, cancel *kit.Button
	busy          *kit.IconLine
	trouble       *screen.Trouble
	page          *kit.Page
	stage         string // what the page was about when it was last drawn
}

func newDevice(d *present.Desk, nav screen.Nav, way string) screen.Screen {
	p := &device{vm: settings.NewDevice(d, way, platform.ReadCode), nav: nav, head: kit.NewHead("", ""), trouble: screen.NewTrouble()}
	p.open = kit.NewButton(kit.Main, "", assets.IconForward, func() { nav.Done(present.Route{Place: present.PlaceToday}) }).IconAfter()
	p.done = kit.NewBanner(look.ToneOk, assets.IconDone, "", "", p.open)
	p.warn = kit.NewBanner(look.ToneDanger, assets.IconWarning, "", "")
	p.line = kit.NewIconLine("", 24, "", look.Body, look.Ink)
	p.busy = kit.NewIconLine(assets.IconWaiting, 24, "", look.Body, look.Ink)

	p.code = kit.NewTextArea("", "", 3)
	use := func() { p.vm.Use(p.code.Text()) }
	p.code.OnSend(use)
	p.use = kit.NewButton(kit.Main, "", assets.IconForward, use).IconAfter()
	p.codeBox = kit.Card(kit.Column(14, p.code, kit.Flow(0, p.use)))

	p.photoHead, p.photoText, p.photo = kit.Section(""), kit.Body(""), kit.NewField("", "")
	p.photos = kit.NewChoiceColumn(kit.Radio, p.vm.UsePicture)
	usePhoto := func() { p.vm.UsePicture(p.photo.Text()) }
	p.photo.OnEnter(usePhoto)
	p.usePhoto = kit.NewButton(kit.Second, "", assets.IconForward, usePhoto).IconAfter()
	p.lookPhoto = kit.NewButton(kit.Second, "", assets.IconVersions, p.vm.Look)
	p.photoBox = kit.Card(kit.Column(12, p.photoHead, p.photoText, p.photos.Container, p.photo, kit.Flow(14, p.usePhoto, p.lookPhoto)))

	p.spokenHead, p.spokenText, p.spoken = kit.Section(""), kit.Body(""), kit.NewWords(4)
	p.spokenBox = kit.Card(kit.Column(10, p.spokenHead, p.spokenText, p.spoken.Container))
	p.showHead, p.showText, p.picture, p.show = kit.Section(""), kit.Body(""), screen.NewCode(), kit.Body("")
	p.copy = kit.NewButton(kit.Second, "", assets.IconPage, func() { nav.Copy(p.s.Show) })
	p.showBox = kit.Card(kit.Column(12, p.showHead, p.showText, p.picture, kit.ReadOutBox(p.show), kit.Flow(0, p.copy)))

	p.wordsHead, p.wordsText, p.words = kit.Section(""), kit.Body(""), kit.NewWords(4)
	p.yes = kit.NewButton(kit.Main, "", assets.IconTick, func() { p.vm.Same(true) })
	p.no = kit.NewButton(kit.Danger, "", assets.IconCross, func() { p.vm.Same(false) })
	p.wordsBox = kit.Card(kit.Column(14, p.wordsHead, p.wordsText, p.words.Container, kit.Flow(14, p.yes, p.no)))

	p.fileHead, p.fileText, p.filesLabel = kit.Section(""), kit.Body(""), kit.Strong("")
	p.files = kit.NewChoiceColumn(kit.Radio, p.vm.UseFile)
	p.place = screen.NewPlace(p.vm.SetPlace)
	p.save = kit.NewButton(kit.Second, "", assets.IconSave, func() { p.vm.Save(p.place.Other.Text()) })
	p.find = kit.NewButton(kit.Second, "", assets.IconVersions, p.vm.Look)
	p.saved = kit.NewIconLine(assets.IconDone, 24, "", look.Body, look.Ink)
	p.fileBox = kit.Card(kit.Column(12, p.fileHead, p.fileText, p.place, kit.Flow(0, p.save), p.saved, p.filesLabel, p.files.Container, kit.Flow(0, p.find)))

	p.groups = lines()
	p.groupsBox = kit.Card(p.groups.Container)
	p.again = kit.NewButton(kit.Main, "", assets.IconForward, p.vm.Begin).IconAfter()
	p.cancel = kit.NewButton(kit.Link, "", "", p.vm.Cancel)
	p.page = kit.NewPage(p.head.Container, kit.Column(16, p.trouble, p.done, p.warn, p.line, p.busy, p.groupsBox, p.wordsBox, kit.Flow(0, p.again),
		kit.TwoColumn(24, 436, kit.Column(16, p.codeBox, p.spokenBox, p.fileBox), kit.Column(16, p.showBox, p.photoBox)), kit.Flow(0, p.cancel)))
	return screen.New(p.page, p.vm.Subscribe(p.render)).WithFocus(func() {
		if p.s.Code != "" {
			p.code.Focus()
		}
	})
}

func (p *device) render(s settings.DeviceState) {
	p.s = s
	p.head.Set(s.Title, s.Text)
	p.head.SetBack(s.Back, p.nav.Back)
	p.open.SetText(s.Open)
	p.open.Hidden = s.Open == ""
	p.done.Set(s.Done, "")
	p.warn.Set("", s.Warn)
	p.line.Set(s.Line.Icon, s.Line.Text)
	p.busy.Set(assets.IconWaiting, s.Busy)

	p.code.SetLabel(s.Code, s.CodeHint)
	p.code.SetProblem(s.Missing)
	p.use.SetText(s.Use)
	p.use.SetEnabled(s.Busy == "")
	p.codeBox.Hidden = s.Code == ""

	p.photoHead.SetText(s.PictureHeading)
	p.photoText.SetText(s.PictureText)
	p.photos.Set(screen.Options(s.Pictures))
	p.photos.Hidden = len(s.Pictures) == 0
	p.photo.SetLabel(s.PicturePath, s.PictureHint)
	p.photo.SetProblem(s.PictureMissing)
	p.usePhoto.SetText(s.PictureUse)
	p.usePhoto.SetEnabled(s.Busy == "")
	p.lookPhoto.SetText(s.PictureLook)
	p.photoBox.Hidden = s.PictureHeading == ""

	p.spokenHead.SetText(s.SpokenHeading)
	p.spokenText.SetText(s.SpokenText)
	p.spoken.Set(s.Spoken...)
	p.spokenBox.Hidden = len(s.Spoken) == 0
	p.showHead.SetText(s.CodeHeading)
	p.showText.SetText(s.CodeText)
	p.picture.Set(s.Show)
	p.show.SetText(s.Show)
	p.copy.SetText(s.Copy)
	p.showBox.Hidden = s.Show == ""

	p.wordsHead.SetText(s.WordsHeading)
	p.wordsText.SetText(s.WordsText)
	p.wordsText.Hidden = s.WordsText == ""
	p.words.Set(s.Words...)
	p.yes.SetText(s.Yes)
	p.no.SetText(s.No)
	p.yes.SetEnabled(s.Busy == "")
	p.no.SetEnabled(s.Busy == "")
	p.wordsBox.Hidden = len(s.Words) == 0

	p.file(s)
	p.groups.Set(s.Groups)
	p.groupsBox.Hidden = len(s.Groups) == 0
	p.again.SetText(s.Again)
	p.cancel.SetText(s.Cancel)
	p.trouble.Set(s.Problem)
	p.page.Refresh()
	if stage := s.WordsHeading + s.Done + s.Again + s.Code; stage != p.stage {
		p.stage = stage
		p.page.Top()
		kit.Unfocus(p.page) // Enter twice must not say yes to words that nobody has looked at
	}
}

func (p *device) file(s settings.DeviceState) {
	p.fileHead.SetText(s.FileHeading)
	p.fileText.SetText(s.FileText)
	p.fileText.Hidden = s.FileText == ""
	p.place.Hidden = s.Place == nil
	if s.Place != nil {
		p.place.Set(*s.Place)
	}
	p.save.SetText(s.Save)
	p.saved.Set(assets.IconDone, s.Saved)
	p.filesLabel.SetText(s.FilesLabel)
	p.filesLabel.Hidden = s.FilesLabel == ""
	p.files.Set(screen.Options(s.Files))
	p.files.Hidden = len(s.Files) == 0
	p.find.SetText(s.Find)
	p.fileBox.Hidden = s.FileHeading == ""
}
