package sdk

import (
	"reflect"
	"strings"
)

// fillSecrets puts secrets into the members of type Secret of c, also of
// structs inside it, by their JSON names. A secret that the configuration has
// no member for is an error: it was meant for something.
func fillSecrets(c reflect.Value, secrets map[string]string) error {
	known := map[string]bool{}
	fillStruct(c, secrets, known)
	for _, name := range sortedKeys(secrets) {
		if known[name] {
			continue
		}
		if len(known) == 0 {
			return ConfigError("secrets."+name, "this plugin takes no secrets")
		}
		return ConfigError("secrets."+name, "this plugin has no such secret; it has: %s",
			strings.Join(sortedKeys(known), ", "))
	}
	return nil
}

func fillStruct(c reflect.Value, secrets map[string]string, known map[string]bool) {
	if c.Kind() != reflect.Struct {
		return
	}
	for i := range c.NumField() {
		f := c.Type().Field(i)
		name, skip := jsonName(f)
		if skip || !f.IsExported() {
			continue
		}
		if f.Type != reflect.TypeFor[Secret]() {
			fillStruct(c.Field(i), secrets, known)
			continue
		}
		if name == "" {
			name = f.Name
		}
		known[name] = true
		c.Field(i).SetString(secrets[name])
	}
}
