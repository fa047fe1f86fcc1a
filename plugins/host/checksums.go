package host

import (
	"bytes"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"path"
	"strings"
)

// ChecksumOf finds the SHA-256 of the file called name in checksums as
// sha256sum writes them: a digest, a space, a space or *, and the name. Folders
// before the name do not count.
func ChecksumOf(checksums []byte, name string) (string, error) {
	found := ""
	for line := range strings.Lines(string(checksums)) {
		line = strings.TrimRight(line, "\r\n")
		sum, file, ok := strings.Cut(line, " ")
		if !ok || len(file) < 2 || (file[0] != ' ' && file[0] != '*') || path.Base(file[1:]) != name {
			continue
		}
		sum = strings.ToLower(sum)
		if !isSHA256(sum) {
			return "", fmt.Errorf("the checksum of %s is no SHA-256", name)
		}
		if found != "" && found != sum {
			return "", fmt.Errorf("the checksums name %s twice, with two digests", name)
		}
		found = sum
	}
	if found == "" {
		return "", fmt.Errorf("the checksums do not name %s; lines must be as sha256sum writes them", name)
	}
	return found, nil
}

// ParsePublisher reads an Ed25519 public key: PEM (`openssl pkey -pubout`), or
// its 32 bytes in base64 or hexadecimal.
func ParsePublisher(text []byte) (ed25519.PublicKey, error) {
	if block, _ := pem.Decode(text); block != nil {
		key, err := x509.ParsePKIXPublicKey(block.Bytes)
		if ed, ok := key.(ed25519.PublicKey); err == nil && ok {
			return ed, nil
		}
		return nil, errors.New("the PEM block holds no Ed25519 public key")
	}
	raw, ok := decoded(text, ed25519.PublicKeySize)
	if !ok {
		return nil, errors.New("want an Ed25519 public key: PEM, or 32 bytes in base64 or hexadecimal")
	}
	return raw, nil
}

// PublisherText gives the key as the lock file has it, in base64.
func PublisherText(key ed25519.PublicKey) string { return base64.StdEncoding.EncodeToString(key) }

// VerifyChecksums verifies the signature of a release's checksums. The
// signature is 64 bytes, as they are or in base64 or hexadecimal.
func VerifyChecksums(checksums, signature []byte, key ed25519.PublicKey) error {
	raw := signature
	if len(raw) != ed25519.SignatureSize {
		var ok bool
		if raw, ok = decoded(signature, ed25519.SignatureSize); !ok {
			return errors.New("the signature is no Ed25519 signature: want 64 bytes, or them in base64 or hexadecimal")
		}
	}
	if !ed25519.Verify(key, checksums, raw) {
		return errors.New("the signature of the checksums is not the publisher's: do not use this release")
	}
	return nil
}

// decoded reads n bytes in base64 or hexadecimal.
func decoded(text []byte, n int) ([]byte, bool) {
	s := string(bytes.TrimSpace(text))
	for _, decode := range []func(string) ([]byte, error){hex.DecodeString, base64.StdEncoding.DecodeString,
		base64.RawStdEncoding.DecodeString} {
		if raw, err := decode(s); err == nil && len(raw) == n {
			return raw, true
		}
	}
	return nil, false
}
