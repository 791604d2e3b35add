/** A certificate of nobody but ourselves, for `ehr.example` until the next century: what a hospital's own CA, or an impostor, shows. */

export const selfSignedHost = "ehr.example";

export const selfSignedCertificate = `-----BEGIN CERTIFICATE-----
MIIBmzCCAUGgAwIBAgIUQmZmhjOafOKCbFKlPeQ1Q4eyXYMwCgYIKoZIzj0EAwIw
FjEUMBIGA1UEAwwLZWhyLmV4YW1wbGUwIBcNMjYxMTIxMTU1NTQzWhgPMjEyNjEw
MjgxNTU1NDNaMBYxFDASBgNVBAMMC2Voci5leGFtcGxlMFkwEwYHKoZIzj0CAQYI
KoZIzj0DAQcDQgAESpjCpqtKWqrmvhElDj85UmHV6XLNbmVrtPXvSBddsXr1q7W4
eC8zacI1EGWADVuIaQN0qCGVJA32ZzizNP6FPKNrMGkwHQYDVR0OBBYEFGg3RTW8
TDvx460WKsM0dRBsdb7NMB8GA1UdIwQYMBaAFGg3RTW8TDvx460WKsM0dRBsdb7N
MA8GA1UdEwEB/wQFMAMBAf8wFgYDVR0RBA8wDYILZWhyLmV4YW1wbGUwCgYIKoZI
zj0EAwIDSAAwRQIgZh7DTMhd8mkD965c7//mVai0twNRFTx6Zflb+w/AhHwCIQCj
ahbOAygvf3vDw/pmQGBE/X8pd5U3HGCtUTriwwCh/g==
-----END CERTIFICATE-----`;

export const selfSignedKey = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQglx0qcYhxl5HahhVf
o7Sc5CoFMmJrmYcdfRkwXATCH4qhRANCAARKmMKmq0paqua+ESUOPzlSYdXpcs1u
ZWu09e9IF12xevWrtbh4LzNpwjUQZYANW4hpA3SoIZUkDfZnOLM0/oU8
-----END PRIVATE KEY-----`;
