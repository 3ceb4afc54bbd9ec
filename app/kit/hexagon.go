package kit

import (
	"fmt"

	"fyne.io/fyne/v2"
)

// hexagon is the six-cornered shape of a Face, since Fyne draws no rounded one. edge "w" has a white rim.
func hexagon(fill uint32, edge string) fyne.Resource {
	const outline = "M22 1 L40.2 11.5 Q41.2 12.1 41.2 13.2 L41.2 30.8 Q41.2 31.9 40.2 32.5 L22 43 L3.8 32.5 Q2.8 31.9 2.8 30.8 L2.8 13.2 Q2.8 12.1 3.8 11.5 Z"
	const inner = "M22 3.4 L38.4 12.8 Q39.1 13.2 39.1 14 L39.1 30 Q39.1 30.8 38.4 31.2 L22 40.6 L5.6 31.2 Q4.9 30.8 4.9 30 L4.9 14 Q4.9 13.2 5.6 12.8 Z"
	body := fmt.Sprintf(`<path fill="#%06x" d="%s"/>`, fill, outline)
	if edge != "" {
		body = fmt.Sprintf(`<path fill="#ffffff" d="%s"/><path fill="#%06x" d="%s"/>`, outline, fill, inner)
	}
	svg := `<svg xmlns="http://www.w3.org/2000/svg" width="44" height="44" viewBox="0 0 44 44">` + body + `</svg>`
	return fyne.NewStaticResource(fmt.Sprintf("hexagon-%06x%s.svg", fill, edge), []byte(svg))
}
