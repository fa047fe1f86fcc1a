package sdk

import (
	"errors"
	"log/slog"
)

// Secret is a password, key or address with a password in it. In a
// configuration it is filled from the host's secrets by its JSON name; a value
// under `config:` is refused. It prints as ***.
type Secret string

const hidden = "***"

// Reveal gives the secret itself, for the one call that needs it.
func (s Secret) Reveal() string { return string(s) }

// String hides the secret.
func (s Secret) String() string { return hidden }

// GoString hides the secret.
func (s Secret) GoString() string { return hidden }

// LogValue hides the secret.
func (s Secret) LogValue() slog.Value { return slog.StringValue(hidden) }

// MarshalJSON hides the secret.
func (s Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + hidden + `"`), nil }

// UnmarshalJSON refuses: a secret never stands in a configuration.
func (s *Secret) UnmarshalJSON([]byte) error {
	return errors.New("a secret does not belong in the configuration; name where it comes from under `secrets:`")
}
