// Package match answers one question: is this record about this person? It
// gives a verdict, the evidence for it, and one sentence that a person can
// read. It is pure: no files, no network, no clock.
//
// The rules, in order (each has its own place in judge.go and settle.go):
//
//  1. A party that carries another person's exclusive identifier, or another
//     date of birth, is struck. A record is another person's when every party
//     that might be the subject is struck. Beside two contacts that agree, or
//     the full name with the date of birth or a contact, it is a restricted
//     review: the value may have been changed or mistyped.
//  2. Confirmed: an identifier of one person only agrees, nothing conflicts,
//     and the name is the subject's or is not there. The name of a relative
//     beside the subject's code is a review.
//  3. Probable: two contacts of different kinds agree, or one and the full
//     name with the date of birth, and nobody else is as near.
//  4. Review: anything else that agrees. A name alone never leads further.
//  5. Another person: struck, or nothing agrees.
//  6. Then all hits of the request are weighed against each other: where
//     several people stand at the same strength, none of them is above review,
//     and an identifier that was given wrongly confirms no record without a name.
package match
