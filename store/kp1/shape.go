package kp1

import (
	"encoding"
	"reflect"
	"strings"
	"sync"

	"github.com/fxamacker/cbor/v2"
)

// A shape is what bytes must look like to fit a Go type where the decoder alone would be lenient: it would cut or fill
// a byte string to the size of a Go array, and take a list of numbers for bytes.
type shape struct {
	kind   shapeKind
	n      int               // length, of fixed bytes and fixed lists
	elem   *shape            // of lists and maps
	fields map[string]*shape // of structs written as maps
	list   []*shape          // of structs written as arrays
}

type shapeKind uint8

const (
	anyShape    shapeKind = 0 // no more to say: the decoder checks the rest
	bytesShape  shapeKind = 1
	fixedBytes  shapeKind = 2
	listShape   shapeKind = 3
	fixedList   shapeKind = 4
	structShape shapeKind = 5
	tupleShape  shapeKind = 6
	mapShape    shapeKind = 7
)

var (
	shapes          sync.Map // reflect.Type -> *shape
	unmarshalerType = reflect.TypeFor[cbor.Unmarshaler]()
	binaryType      = reflect.TypeFor[encoding.BinaryUnmarshaler]()
)

// fits walks canonical bytes b along the type of v.
func fits(b []byte, v any, closed bool) error {
	t := reflect.TypeOf(v)
	if t == nil {
		return errShape
	}
	s, ok := shapes.Load(t)
	if !ok {
		s, _ = shapes.LoadOrStore(t, shapeOf(t, map[reflect.Type]*shape{}))
	}
	_, err := s.(*shape).walk(b, closed)
	return err
}

func shapeOf(t reflect.Type, seen map[reflect.Type]*shape) *shape {
	for t.Kind() == reflect.Pointer {
		if t.Implements(unmarshalerType) {
			return &shape{}
		}
		t = t.Elem()
	}
	if s := seen[t]; s != nil {
		return s
	}
	s := &shape{}
	seen[t] = s
	if p := reflect.PointerTo(t); p.Implements(unmarshalerType) || p.Implements(binaryType) {
		return s
	}
	switch t.Kind() {
	case reflect.Slice, reflect.Array:
		isBytes, fixed := t.Elem().Kind() == reflect.Uint8, t.Kind() == reflect.Array
		s.kind = map[[2]bool]shapeKind{
			{true, false}: bytesShape, {true, true}: fixedBytes,
			{false, false}: listShape, {false, true}: fixedList,
		}[[2]bool{isBytes, fixed}]
		if fixed {
			s.n = t.Len()
		}
		s.elem = shapeOf(t.Elem(), seen)
	case reflect.Map:
		s.kind, s.elem = mapShape, shapeOf(t.Elem(), seen)
	case reflect.Struct:
		s.kind, s.fields = structShape, map[string]*shape{}
		s.addFields(t, seen)
	}
	return s
}

// addFields reads the fields of a struct as the decoder names them.
func (s *shape) addFields(t reflect.Type, seen map[reflect.Type]*shape) {
	for f := range t.Fields() {
		tag, ok := f.Tag.Lookup("cbor")
		if !ok {
			tag = f.Tag.Get("json")
		}
		name, options, _ := strings.Cut(tag, ",")
		if f.Name == "_" && strings.Contains(options, "toarray") {
			s.kind = tupleShape
		}
		inner := f.Type
		if inner.Kind() == reflect.Pointer {
			inner = inner.Elem()
		}
		if f.Anonymous && name == "" && inner.Kind() == reflect.Struct {
			s.addFields(inner, seen)
			continue
		}
		if name == "-" || !f.IsExported() {
			continue
		}
		if name == "" {
			name = f.Name
		}
		field := shapeOf(f.Type, seen)
		s.fields[name] = field
		s.list = append(s.list, field)
	}
}

// walk returns what follows the one value at the start of b. b is canonical.
func (s *shape) walk(b []byte, closed bool) ([]byte, error) {
	if s.kind == anyShape {
		return skip(b), nil
	}
	major, n, rest, err := head(b)
	if err != nil {
		return nil, err
	}
	switch s.kind {
	case bytesShape, fixedBytes:
		if major != majorBytes || s.kind == fixedBytes && n != uint64(s.n) {
			return nil, errShape
		}
		return rest[n:], nil
	case mapShape, structShape:
		if major != majorMap {
			return nil, errShape
		}
		return s.walkMap(rest, n, closed)
	default:
		if major != majorArray {
			return nil, errShape
		}
		return s.walkList(rest, n, closed)
	}
}

func (s *shape) walkList(b []byte, n uint64, closed bool) (_ []byte, err error) {
	if s.kind == fixedList && n != uint64(s.n) || s.kind == tupleShape && n != uint64(len(s.list)) {
		return nil, errShape
	}
	for i := range n {
		elem := s.elem
		if s.kind == tupleShape {
			elem = s.list[i]
		}
		if b, err = elem.walk(b, closed); err != nil {
			return nil, err
		}
	}
	return b, nil
}

func (s *shape) walkMap(b []byte, n uint64, closed bool) (_ []byte, err error) {
	for range n {
		_, size, rest, err := head(b)
		if err != nil {
			return nil, err
		}
		value := s.elem
		if s.kind == structShape {
			value = s.fields[string(rest[:size])]
		}
		b = rest[size:]
		switch {
		case value != nil:
			if b, err = value.walk(b, closed); err != nil {
				return nil, err
			}
		case closed:
			return nil, errShape
		default:
			b = skip(b)
		}
	}
	return b, nil
}

// skip returns what follows the one value at the start of b. b is canonical.
func skip(b []byte) []byte {
	if b[0]>>5 == 7 {
		return b[1:]
	}
	major, n, rest, _ := head(b)
	switch major {
	case majorBytes, majorText:
		return rest[n:]
	case majorTag:
		return b[LinkSize:]
	case majorMap:
		n *= 2
		fallthrough
	case majorArray:
		for ; n > 0; n-- {
			rest = skip(rest)
		}
	}
	return rest
}
