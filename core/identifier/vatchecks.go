package identifier

import "strings"

// The check digits of VAT numbers as the countries of the European Union
// publish them. Each rule is given a number of its country's shape.

// weighted gives the sum of the digits, each times its weight.
func weighted(n string, weights ...int) int {
	sum := 0
	for i, w := range weights {
		sum += w * int(n[i]-'0')
	}
	return sum
}

func digit(n string, at int) int { return int(n[at] - '0') }

func value(n string) int {
	v := 0
	for i := range len(n) {
		v = v*10 + digit(n, i)
	}
	return v
}

// luhn is ISO/IEC 7812-1 annex B over the whole number.
func luhn(n string) bool { return luhnSum(n)%10 == 0 }

func luhnSum(n string) int {
	sum := 0
	for i := range len(n) {
		d := digit(n, len(n)-1-i)
		if i%2 == 1 {
			d *= 2
			if d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum
}

// mod11and10 is ISO 7064 MOD 11,10.
func mod11and10(n string) bool {
	p := 10
	for i := range len(n) - 1 {
		p = (p + digit(n, i)) % 10
		if p == 0 {
			p = 10
		}
		p = p * 2 % 11
	}
	return (p+digit(n, len(n)-1))%10 == 1
}

func vatAT(n string) bool {
	sum := 4
	for i, c := range []byte(n[1:8]) {
		d := int(c - '0')
		if i%2 == 1 {
			d = d*2/10 + d*2%10
		}
		sum += d
	}
	return (10-sum%10)%10 == digit(n, 8)
}

func vatBE(n string) bool {
	return (n[0] == '0' || n[0] == '1') && 97-value(n[:8])%97 == value(n[8:])
}

func vatBG(n string) bool {
	if len(n) == 10 { // a person's, by several rules
		return true
	}
	c := weighted(n, 1, 2, 3, 4, 5, 6, 7, 8) % 11
	if c == 10 {
		c = weighted(n, 3, 4, 5, 6, 7, 8, 9, 10) % 11
	}
	return c%10 == digit(n, 8)
}

func vatCY(n string) bool {
	sum := 0
	for i := range 8 {
		if d := digit(n, i); i%2 == 1 {
			sum += d
		} else {
			sum += [...]int{1, 0, 5, 7, 9, 13, 15, 17, 19, 21}[d]
		}
	}
	return n[:2] != "12" && byte('A'+sum%26) == n[8]
}

func vatCZ(n string) bool {
	if len(n) != 8 { // a person's, by birth number
		return true
	}
	c := (11 - weighted(n, 8, 7, 6, 5, 4, 3, 2)%11) % 11
	switch c {
	case 0:
		c = 1
	case 10:
		c = 0
	}
	return n[0] != '9' && c == digit(n, 7)
}

func vatDK(n string) bool { return n[0] != '0' && weighted(n, 2, 7, 6, 5, 4, 3, 2, 1)%11 == 0 }

func vatEE(n string) bool { return weighted(n, 3, 7, 1, 3, 7, 1, 3, 7, 1)%10 == 0 }

func vatEL(n string) bool {
	return weighted(n, 256, 128, 64, 32, 16, 8, 4, 2)%11%10 == digit(n, 8)
}

func vatES(n string) bool {
	const letters = "TRWAGMYFPDXBNJZSQVHLCKE"
	first, last := n[0], n[8]
	switch {
	case isDigit(first): // a resident
		return letters[value(n[:8])%23] == last
	case strings.IndexByte("KLM", first) >= 0:
		return letters[value(n[1:8])%23] == last
	case strings.IndexByte("XYZ", first) >= 0: // a foreigner
		return letters[(int(first-'X')*10_000_000+value(n[1:8]))%23] == last
	}
	d := (10 - luhnSum(n[1:8]+"0")%10) % 10
	letter := "JABCDEFGHI"[d]
	// Which organisations bear the letter and which the digit is told in more
	// than one way, so either is taken.
	return strings.IndexByte("ABCDEFGHJNPQRSUVW", first) >= 0 && (last == letter || last == byte('0'+d))
}

func vatFI(n string) bool { return businessCheck(n[:7]) == digit(n, 7) }

func vatFR(n string) bool {
	siren := n[2:]
	if siren[:3] != "000" && !luhn(siren) { // Monaco's begin with 000
		return false
	}
	if isDigit(n[0]) && isDigit(n[1]) {
		return value(n[:2]) == value(siren+"12")%97
	}
	// The form with letters, I and O left out.
	const alphabet = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"
	a, b := strings.IndexByte(alphabet, n[0]), strings.IndexByte(alphabet, n[1])
	if a < 0 || b < 0 {
		return false
	}
	key := a*34 + b - 100
	if isDigit(n[0]) {
		key = a*24 + b - 10
	}
	return (value(siren)+1+key/11)%11 == ((key%11)+11)%11
}

func vatHU(n string) bool { return weighted(n, 9, 7, 3, 1, 9, 7, 3, 1)%10 == 0 }

func vatIE(n string) bool {
	const letters = "WABCDEFGHIJKLMNOPQRSTUV"
	second := 0
	digits := n[:7]
	if !isDigit(n[1]) { // of before 2013
		digits = "0" + n[2:7] + n[:1]
	} else if len(n) == 9 {
		second = strings.IndexByte(letters, n[8])
	}
	return second >= 0 && letters[(weighted(digits, 8, 7, 6, 5, 4, 3, 2)+9*second)%23] == n[7]
}

// vatIT checks the tax office too, of 001-100 and a few others.
func vatIT(n string) bool {
	office := value(n[7:10])
	return luhn(n) && value(n[:7]) > 0 && (office >= 1 && office <= 100 || office == 120 || office == 121 || office == 888 || office == 999)
}

func vatLT(n string) bool {
	body := n[:len(n)-1]
	if n[len(n)-2] != '1' {
		return false
	}
	sum := 0
	for i := range len(body) {
		sum += (i%9 + 1) * digit(body, i)
	}
	if sum%11 == 10 {
		sum = 0
		for i := range len(body) {
			sum += ((i+2)%9 + 1) * digit(body, i)
		}
	}
	return sum%11%10 == digit(n, len(n)-1)
}

func vatLU(n string) bool { return value(n[:6])%89 == value(n[6:]) }

func vatLV(n string) bool {
	if n[0] <= '3' { // a person's
		return true
	}
	return weighted(n, 9, 1, 4, 8, 3, 10, 2, 5, 7, 6, 1)%11 == 3
}

func vatMT(n string) bool { return n[0] != '0' && weighted(n, 3, 4, 6, 7, 8, 9, 10, 1)%37 == 0 }

func vatNL(n string) bool {
	if n[:9] == "000000000" || n[10:] == "00" {
		return false
	}
	if weighted(n, 9, 8, 7, 6, 5, 4, 3, 2, -1)%11 == 0 {
		return true
	}
	// The form of sole traders since 2020: ISO 7064 MOD 97-10 over NL...
	sum := 0
	for _, c := range []byte("NL" + n) {
		if isDigit(c) {
			sum = (sum*10 + int(c-'0')) % 97
		} else {
			sum = (sum*100 + int(c-'A') + 10) % 97
		}
	}
	return sum == 1
}

func vatPL(n string) bool { return weighted(n, 6, 5, 7, 2, 3, 4, 5, 6, 7)%11 == digit(n, 9) }

func vatPT(n string) bool {
	return n[0] != '0' && (11-weighted(n, 9, 8, 7, 6, 5, 4, 3, 2)%11)%11%10 == digit(n, 8)
}

func vatRO(n string) bool {
	if n[0] == '0' {
		return false
	}
	padded := strings.Repeat("0", 10-len(n)) + n
	return 10*weighted(padded, 7, 5, 3, 2, 1, 7, 5, 3, 2)%11%10 == digit(padded, 9)
}

func vatSE(n string) bool { return luhn(n[:10]) && n[10:] != "00" }

func vatSI(n string) bool {
	c := 11 - weighted(n, 8, 7, 6, 5, 4, 3, 2)%11 // 11 is never issued
	return n[0] != '0' && c != 11 && c%10 == digit(n, 7)
}

func vatSK(n string) bool {
	return n[0] != '0' && strings.IndexByte("234789", n[2]) >= 0 && value(n)%11 == 0
}

// vatXI is the rule of the United Kingdom, for Northern Ireland. A number of
// 12 digits is one of nine with a branch; government departments and health
// authorities have none.
func vatXI(n string) bool {
	if !isDigit(n[0]) {
		return n[:2] == "GD" && value(n[2:]) < 500 || n[:2] == "HA" && value(n[2:]) >= 500
	}
	c := weighted(n, 8, 7, 6, 5, 4, 3, 2, 10, 1) % 97
	return c == 0 || value(n[:3]) >= 100 && (c == 42 || c == 55)
}
