package pdf

import (
	"bytes"
	"errors"
	"io"
	"maps"
	"slices"
)

// repair looks for the objects themselves: every "n g obj" at the beginning
// of a line, the last one of a number counts.
func (f *File) repair() error {
	f.Repaired = true
	f.xref = map[int]entry{}
	f.forget()
	old := f.Trailer
	f.Trailer = nil
	const chunk, overlap = 64 << 10, 64
	buf := make([]byte, chunk+overlap)
	var trailers []int64
	for at := int64(0); at < f.size; at += chunk {
		if err := f.opt.Tick(); err != nil {
			return err
		}
		n, err := f.r.ReadAt(buf[:min(int64(len(buf)), f.size-at)], at)
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		if err := f.scan(buf[:n], at, chunk, &trailers); err != nil {
			return err
		}
	}
	for i := len(trailers) - 1; i >= 0; i-- {
		l := f.lexAt(trailers[i] + int64(len("trailer")))
		if v, err := l.object(); err == nil {
			if d, ok := v.(Dict); ok && d["Root"] != nil {
				f.Trailer = d
				break
			}
		} else if stops(err) {
			return err
		}
	}
	if err := f.unpackRepaired(); err != nil {
		return err
	}
	if f.Trailer == nil {
		f.Trailer = old
	}
	if f.Trailer == nil || f.Trailer["Root"] == nil {
		return ErrSyntax
	}
	return nil
}

func (f *File) scan(buf []byte, base int64, chunk int, trailers *[]int64) error {
	for i := 0; i < len(buf) && i < chunk; {
		j := bytes.Index(buf[i:], []byte("obj"))
		k := bytes.Index(buf[i:], []byte("trailer"))
		if k >= 0 && (j < 0 || k < j) {
			if i+k < chunk && len(*trailers) < 1000 {
				*trailers = append(*trailers, base+int64(i+k))
			}
			i += k + 7
			continue
		}
		if j < 0 {
			return nil
		}
		j += i
		i = j + 3
		if at, num, gen, ok := header(buf, j); ok && (at < chunk || base+int64(len(buf)) >= f.size) {
			if _, known := f.xref[num]; !known && len(f.xref) >= f.opt.Objects {
				return ErrMany
			}
			f.xref[num] = entry{offset: base + int64(at), gen: gen}
		}
	}
	return nil
}

// header reads "n g " backwards from the word obj at j.
func header(buf []byte, j int) (at, num, gen int, ok bool) {
	digits := func(end int) (start, n int) {
		start = end
		for start > 0 && '0' <= buf[start-1] && buf[start-1] <= '9' && end-start < 10 {
			start--
		}
		for _, c := range buf[start:end] {
			n = n*10 + int(c-'0')
		}
		return start, n
	}
	blank := func(end int) int {
		for end > 0 && space(int(buf[end-1])) {
			end--
		}
		return end
	}
	end := blank(j)
	start, gen := digits(end)
	if start == end {
		return 0, 0, 0, false
	}
	end = blank(start)
	if end == start {
		return 0, 0, 0, false
	}
	at, num = digits(end)
	return at, num, gen, at < end && num > 0 && num < 1<<31
}

// unpackRepaired adds the objects within streams of objects, and finds the
// catalogue when no trailer names it.
func (f *File) unpackRepaired() error {
	for _, num := range slices.Sorted(maps.Keys(f.xref)) {
		if err := f.opt.Tick(); err != nil {
			return err
		}
		obj, _, err := f.objectAt(f.xref[num].offset)
		if err != nil {
			if stops(err) {
				return err
			}
			continue
		}
		d, _ := obj.(Dict)
		if s, ok := obj.(*Stream); ok {
			d = s.Dict
			switch d["Type"] {
			case Name("XRef"):
				if f.Trailer == nil && d["Root"] != nil {
					f.Trailer = d
				}
			case Name("ObjStm"):
				if f.Trailer != nil && f.Trailer["Encrypt"] != nil {
					continue // cannot be unpacked before the key is known
				}
				o, err := f.openObjects(num)
				if err != nil {
					if stops(err) {
						return err
					}
					continue
				}
				for inner := range o.offsets {
					if err := f.add(inner, entry{stream: num}); err != nil {
						return err
					}
				}
			}
		}
		if d["Type"] == Name("Catalog") && f.Trailer == nil {
			f.Trailer = Dict{"Root": Ref{num, f.xref[num].gen}}
		}
	}
	return nil
}
