package kit

import (
	"reflect"

	"fyne.io/fyne/v2"
)

// plain takes a part out of the struct that embeds it. Painters and layouts know things by their very type, so a struct
// round a *fyne.Container would be drawn as nothing; whoever embeds one may hand the struct itself to the kit.
func plain(o fyne.CanvasObject) fyne.CanvasObject {
	for o != nil {
		v := reflect.ValueOf(o)
		if v.Kind() == reflect.Pointer {
			v = v.Elem()
		}
		if v.Kind() != reflect.Struct || v.NumField() == 0 || !v.Type().Field(0).Anonymous || v.Field(0).Kind() != reflect.Pointer || !v.Field(0).CanInterface() {
			return o
		}
		in, ok := v.Field(0).Interface().(fyne.CanvasObject)
		if !ok {
			return o
		}
		o = in
	}
	return nil
}

func plainAll(objects []fyne.CanvasObject) []fyne.CanvasObject {
	out := make([]fyne.CanvasObject, len(objects))
	for i, o := range objects {
		out[i] = plain(o)
	}
	return out
}
