//go:build race

package sdktest

// underRace tells that the race detector, which makes everything several times
// slower, is built in.
const underRace = true
