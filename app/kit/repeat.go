package kit

import "fyne.io/fyne/v2"

// Repeat shows a list of states, one widget each. A widget lives as long as its key does, so that the focus, and what
// somebody types, stay where they are when the list changes.
type Repeat[S any] struct {
	*fyne.Container
	key   func(S) string
	build func() (fyne.CanvasObject, func(S))
	ruled bool
	items map[string]*repeated[S]
}

type repeated[S any] struct {
	object fyne.CanvasObject
	set    func(S)
	rule   *Rule
}

// NewRepeat makes a column of what build builds, gap px apart. key must differ for each state of one list.
func NewRepeat[S any](gap float32, key func(S) string, build func() (fyne.CanvasObject, func(S))) *Repeat[S] {
	return &Repeat[S]{Container: Column(gap), key: key, build: build, items: map[string]*repeated[S]{}}
}

// NewRepeatIn is NewRepeat in a container of the caller's, such as a Grid or a Flow.
func NewRepeatIn[S any](c *fyne.Container, key func(S) string, build func() (fyne.CanvasObject, func(S))) *Repeat[S] {
	return &Repeat[S]{Container: c, key: key, build: build, items: map[string]*repeated[S]{}}
}

// Ruled puts a hairline between the things, and returns r.
func (r *Repeat[S]) Ruled() *Repeat[S] { r.ruled = true; return r }

// Set shows states in their order. Later states of the same key are left out.
func (r *Repeat[S]) Set(states []S) {
	keep := make(map[string]*repeated[S], len(states))
	r.Objects = r.Objects[:0]
	for _, s := range states {
		k := r.key(s)
		if keep[k] != nil {
			continue
		}
		it := r.items[k]
		if it == nil {
			it = &repeated[S]{}
			o, set := r.build()
			it.object, it.set = plain(o), set
			if r.ruled {
				it.rule = NewRule()
			}
		}
		keep[k] = it
		if r.ruled && len(r.Objects) > 0 {
			r.Objects = append(r.Objects, it.rule)
		}
		it.set(s)
		r.Objects = append(r.Objects, it.object)
	}
	r.items = keep
	r.Container.Refresh()
}

// Get returns the widget of a key, or nil.
func (r *Repeat[S]) Get(key string) fyne.CanvasObject {
	if it := r.items[key]; it != nil {
		return it.object
	}
	return nil
}
