package pdf

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/md5" // the format prescribes it
	"crypto/rc4" // the format prescribes it
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
	"errors"
	"io"
	"maps"
	"slices"
)

// cipherKey decrypts a file that opens without a password: many are locked
// against changes only (§7.6).
type cipherKey struct {
	key      []byte
	strs     method
	streams  method
	metadata bool
	except   Ref // the dictionary of the encryption itself
}

type method int

const (
	none method = iota
	rc4Method
	aesMethod    // a key for each object
	aes256Method // one key for all
)

var padding = []byte("\x28\xBF\x4E\x5E\x4E\x75\x8A\x41\x64\x00\x4E\x56\xFF\xFA\x01\x08\x2E\x2E\x00\xB6\xD0\x68\x3E\x80\x2F\x0C\xA9\xFE\x64\x53\x69\x7A")

// decrypt prepares the key for the empty password; ErrEncrypted if another
// one is needed.
func (f *File) decrypt() error {
	if f.Trailer["Encrypt"] == nil {
		return nil
	}
	d, err := f.Dict(f.Trailer["Encrypt"])
	if err != nil {
		return err
	}
	if filter, _ := d["Filter"].(Name); filter != "Standard" {
		return ErrEncrypted
	}
	version, _ := d["V"].(int64)
	revision, _ := d["R"].(int64)
	c := &cipherKey{metadata: d["EncryptMetadata"] != false}
	c.except, _ = f.Trailer["Encrypt"].(Ref)
	switch version {
	case 1, 2:
		c.strs, c.streams = rc4Method, rc4Method
	case 4, 5:
		filters, err := f.Dict(d["CF"])
		if err != nil {
			return err
		}
		for key, m := range map[Name]*method{"StrF": &c.strs, "StmF": &c.streams} {
			name, _ := d[key].(Name)
			one, err := f.Dict(filters[name])
			if err != nil {
				return err
			}
			switch one["CFM"] {
			case Name("V2"):
				*m = rc4Method
			case Name("AESV2"):
				*m = aesMethod
			case Name("AESV3"):
				*m = aes256Method
			}
		}
	default:
		return ErrEncrypted
	}
	if version == 5 {
		c.key = key256(d, revision)
	} else {
		c.key = f.key128(d, version, revision, c.metadata)
	}
	if c.key == nil {
		return ErrEncrypted
	}
	f.cipher = c
	f.forget()
	if f.Repaired {
		return f.unpackLocked()
	}
	if err := f.check(); err != nil {
		if stops(err) {
			return err
		}
		if err := f.repair(); err != nil {
			return err
		}
		return f.unpackLocked()
	}
	return nil
}

// unpackLocked adds the objects of streams that could not be read before the
// key was known.
func (f *File) unpackLocked() error {
	for _, num := range slices.Sorted(maps.Keys(f.xref)) {
		v, err := f.load(Ref{num, f.xref[num].gen})
		if err != nil {
			return err
		}
		s, ok := v.(*Stream)
		if !ok || s.Dict["Type"] != Name("ObjStm") {
			continue
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
	return nil
}

// key128 is algorithm 2, checked by algorithms 4 and 5.
func (f *File) key128(d Dict, version, revision int64, metadata bool) []byte {
	o, _ := d["O"].(String)
	u, _ := d["U"].(String)
	p, _ := d["P"].(int64)
	bits, ok := d["Length"].(int64)
	if version == 4 {
		bits = 128
	} else if !ok || version == 1 {
		bits = 40
	}
	if bits < 40 || bits > 128 || bits%8 != 0 || len(o) < 32 || len(u) < 16 {
		return nil
	}
	id := ""
	if ids, err := f.Array(f.Trailer["ID"]); err == nil && len(ids) > 0 {
		first, _ := ids[0].(String)
		id = string(first)
	}
	h := md5.New()
	h.Write(padding)
	h.Write([]byte(o[:32]))
	h.Write(binary.LittleEndian.AppendUint32(nil, uint32(p)))
	h.Write([]byte(id))
	if revision >= 4 && !metadata {
		h.Write([]byte{0xFF, 0xFF, 0xFF, 0xFF})
	}
	key := h.Sum(nil)[:bits/8]
	if revision >= 3 {
		for range 50 {
			sum := md5.Sum(key)
			copy(key, sum[:])
		}
	}
	want := append([]byte{}, padding...)
	if revision >= 3 {
		sum := md5.Sum(append(append([]byte{}, padding...), id...))
		want = sum[:]
	}
	rounds := 1
	if revision >= 3 {
		rounds = 20
	}
	for i := range rounds {
		k := make([]byte, len(key))
		for j := range key {
			k[j] = key[j] ^ byte(i)
		}
		c, err := rc4.NewCipher(k)
		if err != nil {
			return nil
		}
		c.XORKeyStream(want, want)
	}
	if !bytes.Equal(want[:16], []byte(u[:16])) {
		return nil
	}
	return key
}

// key256 is algorithm 2.A for the empty user password (ISO 32000-2).
func key256(d Dict, revision int64) []byte {
	u, _ := d["U"].(String)
	ue, _ := d["UE"].(String)
	if len(u) < 48 || len(ue) < 32 {
		return nil
	}
	hash := hash256
	if revision >= 6 {
		hash = hashHardened
	}
	if !bytes.Equal(hash([]byte(u[32:40])), []byte(u[:32])) {
		return nil
	}
	block, err := aes.NewCipher(hash([]byte(u[40:48])))
	if err != nil {
		return nil
	}
	key := []byte(ue[:32])
	cipher.NewCBCDecrypter(block, make([]byte, 16)).CryptBlocks(key, key)
	return key
}

func hash256(salt []byte) []byte {
	sum := sha256.Sum256(salt)
	return sum[:]
}

// hashHardened is algorithm 2.B for the empty password.
func hashHardened(salt []byte) []byte {
	k := hash256(salt)
	for i := 0; i < 1000; i++ {
		e := bytes.Repeat(k, 64)
		block, err := aes.NewCipher(k[:16])
		if err != nil {
			return nil
		}
		cipher.NewCBCEncrypter(block, k[16:32]).CryptBlocks(e, e)
		sum := 0
		for _, c := range e[:16] {
			sum += int(c)
		}
		switch sum % 3 {
		case 0:
			s := sha256.Sum256(e)
			k = s[:]
		case 1:
			s := sha512.Sum384(e)
			k = s[:]
		default:
			s := sha512.Sum512(e)
			k = s[:]
		}
		if i >= 63 && int(e[len(e)-1]) <= i-31 {
			break
		}
	}
	return k[:32]
}

// forObject is algorithm 1.
func (c *cipherKey) forObject(ref Ref, m method) []byte {
	if m == aes256Method {
		return c.key
	}
	h := md5.New()
	h.Write(c.key)
	h.Write([]byte{byte(ref.Num), byte(ref.Num >> 8), byte(ref.Num >> 16), byte(ref.Gen), byte(ref.Gen >> 8)})
	if m == aesMethod {
		h.Write([]byte("sAlT"))
	}
	return h.Sum(nil)[:min(len(c.key)+5, 16)]
}

// strings decrypts the strings in an object.
func (c *cipherKey) strings(v any, ref Ref, depth int) any {
	if c.strs == none || ref == c.except || depth > mostNesting {
		return v
	}
	switch v := v.(type) {
	case String:
		r, err := c.reader(bytes.NewReader([]byte(v)), ref, c.strs)
		if err != nil {
			return v
		}
		out, err := io.ReadAll(r)
		if err != nil {
			return v
		}
		return String(out)
	case Array:
		for i := range v {
			v[i] = c.strings(v[i], ref, depth+1)
		}
	case Dict:
		for k := range v {
			v[k] = c.strings(v[k], ref, depth+1)
		}
	case *Stream:
		c.strings(v.Dict, ref, depth+1)
	}
	return v
}

func (c *cipherKey) stream(r io.Reader, s *Stream) (io.Reader, error) {
	if c.streams == none || s.Dict["Type"] == Name("Metadata") && !c.metadata {
		return r, nil
	}
	return c.reader(r, s.ref, c.streams)
}

func (c *cipherKey) reader(r io.Reader, ref Ref, m method) (io.Reader, error) {
	key := c.forObject(ref, m)
	if m == rc4Method {
		k, err := rc4.NewCipher(key)
		if err != nil {
			return nil, err
		}
		return cipher.StreamReader{S: k, R: r}, nil
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	iv := make([]byte, 16)
	if _, err := io.ReadFull(r, iv); err != nil {
		if errors.Is(err, io.EOF) {
			return bytes.NewReader(nil), nil
		}
		return nil, err
	}
	return &blockReader{r: r, mode: cipher.NewCBCDecrypter(block, iv)}, nil
}

// blockReader decrypts AES-CBC and takes the padding off.
type blockReader struct {
	r    io.Reader
	mode cipher.BlockMode
	buf  [4096]byte
	next [16]byte // the block that may be the last
	have bool
	out  []byte
	err  error
}

func (b *blockReader) Read(p []byte) (int, error) {
	for len(b.out) == 0 {
		if b.err != nil {
			return 0, b.err
		}
		b.step()
	}
	n := copy(p, b.out)
	b.out = b.out[n:]
	return n, nil
}

func (b *blockReader) step() {
	at := 0
	if b.have {
		at = copy(b.buf[:], b.next[:])
	}
	n, err := io.ReadFull(b.r, b.buf[at:len(b.buf)-16])
	n -= n % 16
	b.mode.CryptBlocks(b.buf[at:at+n], b.buf[at:at+n])
	n += at
	if err == nil {
		copy(b.next[:], b.buf[n-16:n])
		b.have = true
		b.out = b.buf[:n-16]
		return
	}
	b.err = io.EOF
	if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		b.err = err
	}
	if n > 0 {
		if pad := int(b.buf[n-1]); pad >= 1 && pad <= 16 {
			n -= pad
		}
	}
	b.out = b.buf[:max(0, n)]
}
