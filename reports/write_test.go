package reports

import (
	"bytes"
	"errors"
	"io"
	"testing"
)

// readOneByOne gives the items of in by Read, and counts how often each is read.
func readOneByOne(in *Input) []int {
	whole := append([]Item(nil), in.Items...)
	read := make([]int, len(whole))
	in.Read = func(n int) (Item, error) {
		read[n]++
		return whole[n], nil
	}
	return read
}

func TestBothFormsAreTheOnesWrittenAlone(t *testing.T) {
	for name, in := range inputs() {
		r := build(t, in)
		for _, lang := range Languages() {
			var page, data, alonePage, aloneData bytes.Buffer
			err := errors.Join(Write(r, lang, Forms{HTML: &page, JSON: &data}), HTML(&alonePage, r, lang), JSON(&aloneData, r, lang))
			if err != nil {
				t.Fatal(err)
			}
			if page.Len() == 0 || !bytes.Equal(page.Bytes(), alonePage.Bytes()) || !bytes.Equal(data.Bytes(), aloneData.Bytes()) {
				t.Errorf("%s %s: what is written together differs from what is written alone", name, lang)
			}
		}
	}
}

// An item is read once for both forms, and once more for each other system
// that holds it too and for the page's word that something is withheld.
func TestItemsAreReadOnceForBothForms(t *testing.T) {
	in := sample()
	read := readOneByOne(&in)
	if err := Write(build(t, in), "en", Forms{HTML: io.Discard, JSON: io.Discard}); err != nil {
		t.Fatal(err)
	}
	if len(read) != 2 || read[0] != 3 || read[1] != 1 {
		t.Errorf("the items were read %v times, want 3 (in two systems, and asked of what is withheld) and 1", read)
	}
}

func TestNothingIsWrittenBehindAnItemThatCannotBeRead(t *testing.T) {
	in := sample()
	readOneByOne(&in)
	whole := in.Read
	broken := errors.New("the disk is gone")
	in.Read = func(n int) (Item, error) {
		if n == 1 {
			return Item{}, broken
		}
		return whole(n)
	}
	var page, data bytes.Buffer
	if err := Write(build(t, in), "en", Forms{HTML: &page, JSON: &data}); !errors.Is(err, broken) {
		t.Fatalf("the error is %v", err)
	}
	if bytes.Contains(page.Bytes(), []byte("</html>")) || bytes.HasSuffix(data.Bytes(), []byte("}\n")) {
		t.Error("a report without one of its items has an end")
	}
}
