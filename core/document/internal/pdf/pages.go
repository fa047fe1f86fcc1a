package pdf

// Pages calls fn for each page in order, from 1; it gives the first error of
// fn. A tree of pages that holds itself is followed once.
func (f *File) Pages(fn func(number int, page Dict) error) error {
	root, err := f.Dict(f.Trailer["Root"])
	if err != nil {
		return err
	}
	w := &pageWalk{f: f, fn: fn, seen: map[Ref]bool{}}
	return w.node(root["Pages"], Dict{}, 0)
}

type pageWalk struct {
	f      *File
	fn     func(int, Dict) error
	seen   map[Ref]bool
	number int
}

// inheritable are the entries that a page has from the nodes above it.
var inheritable = []Name{"Resources"}

func (w *pageWalk) node(v any, above Dict, depth int) error {
	if depth > mostNesting {
		return ErrDeep
	}
	if ref, ok := v.(Ref); ok {
		if w.seen[ref] {
			return nil
		}
		w.seen[ref] = true
	}
	d, err := w.f.Dict(v)
	if err != nil {
		return err
	}
	if d == nil {
		return ErrSyntax
	}
	have := Dict{}
	for _, key := range inheritable {
		have[key] = above[key]
		if d[key] != nil {
			have[key] = d[key]
		}
	}
	kids, err := w.f.Array(d["Kids"])
	if err != nil {
		return err
	}
	if d["Type"] == Name("Page") || kids == nil {
		page := Dict{}
		for k, v := range d {
			page[k] = v
		}
		for k, v := range have {
			page[k] = v
		}
		w.number++
		return w.fn(w.number, page)
	}
	broken := error(nil)
	for _, kid := range kids {
		if err := w.node(kid, have, depth+1); err != nil {
			if err != ErrSyntax { //nolint:errorlint // the walk itself gives it bare
				return err
			}
			w.number++ // a page that is lost
			broken = err
		}
	}
	return broken
}

// inherited gives an entry of a page; Pages has put into it what the nodes
// above say.
func (f *File) inherited(page Dict, key Name) (Dict, error) { return f.Dict(page[key]) }

// Names calls fn for the entries of a tree of names (§7.9.6).
func (f *File) Names(v any, fn func(name string, v any) error) error {
	return f.nameNode(v, fn, map[Ref]bool{}, 0)
}

func (f *File) nameNode(v any, fn func(string, any) error, seen map[Ref]bool, depth int) error {
	if ref, ok := v.(Ref); ok {
		if seen[ref] {
			return nil
		}
		seen[ref] = true
	}
	if depth > mostNesting {
		return ErrDeep
	}
	d, err := f.Dict(v)
	if err != nil {
		return err
	}
	names, err := f.Array(d["Names"])
	if err != nil {
		return err
	}
	for i := 0; i+1 < len(names); i += 2 {
		if err := fn(TextString(names[i]), names[i+1]); err != nil {
			return err
		}
	}
	kids, err := f.Array(d["Kids"])
	if err != nil {
		return err
	}
	for _, kid := range kids {
		if err := f.nameNode(kid, fn, seen, depth+1); err != nil {
			return err
		}
	}
	return nil
}
