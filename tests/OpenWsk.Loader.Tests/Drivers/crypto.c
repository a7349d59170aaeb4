/* Test driver: hashes, symmetric keys, derivation and random numbers of BCrypt, as drivers that speak TLS or
 * tunnels use them, against published vectors. It tells the line of the first check that failed, 0 for none.
 * It knows nothing about key pairs: there are none. */
#include "wdk.h"
#include <bcrypt.h>

static const UCHAR abc[] = {0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40, 0xde, 0x5d,
    0xae, 0x22, 0x23, 0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17, 0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00,
    0x15, 0xad};

static ULONG64 hashes(void)
{
    BCRYPT_ALG_HANDLE sha;
    BCRYPT_HASH_HANDLE hash, copy;
    ULONG bytes = 0, got = 0;
    UCHAR digest[32], other[32];
    PUCHAR object;
    CHECK(NT_SUCCESS(BCryptOpenAlgorithmProvider(&sha, BCRYPT_SHA256_ALGORITHM, NULL, BCRYPT_PROV_DISPATCH)));
    CHECK(NT_SUCCESS(BCryptGetProperty(sha, BCRYPT_OBJECT_LENGTH, (PUCHAR)&bytes, sizeof(bytes), &got, 0)));
    CHECK(bytes != 0 && got == sizeof(ULONG));
    object = (PUCHAR)ExAllocatePool2(POOL_FLAG_NON_PAGED, bytes, 'hsaH');
    CHECK(object != NULL);
    CHECK(NT_SUCCESS(BCryptGetProperty(sha, BCRYPT_HASH_LENGTH, (PUCHAR)&bytes, sizeof(bytes), &got, 0)));
    CHECK(bytes == sizeof(digest));
    CHECK(NT_SUCCESS(BCryptGetProperty(sha, BCRYPT_OBJECT_LENGTH, (PUCHAR)&bytes, sizeof(bytes), &got, 0)));
    CHECK(NT_SUCCESS(BCryptCreateHash(sha, &hash, object, bytes, NULL, 0, 0)));
    CHECK(NT_SUCCESS(BCryptHashData(hash, (PUCHAR)"a", 1, 0)));
    CHECK(NT_SUCCESS(BCryptDuplicateHash(hash, &copy, NULL, 0, 0)));
    CHECK(NT_SUCCESS(BCryptHashData(hash, (PUCHAR)"bc", 2, 0)));
    CHECK(NT_SUCCESS(BCryptHashData(copy, (PUCHAR)"bc", 2, 0)));
    CHECK(BCryptFinishHash(hash, digest, 31, 0) == STATUS_INVALID_PARAMETER);
    CHECK(NT_SUCCESS(BCryptFinishHash(hash, digest, sizeof(digest), 0)));
    CHECK(NT_SUCCESS(BCryptFinishHash(copy, other, sizeof(other), 0)));
    CHECK(RtlEqualMemory(digest, abc, sizeof(abc)) && RtlEqualMemory(other, abc, sizeof(abc)));
    CHECK(NT_SUCCESS(BCryptDestroyHash(hash)) && NT_SUCCESS(BCryptDestroyHash(copy)));
    ExFreePoolWithTag(object, 'hsaH');
    RtlZeroMemory(digest, sizeof(digest));
    CHECK(NT_SUCCESS(
        BCryptHash(BCRYPT_SHA256_ALG_HANDLE, NULL, 0, (PUCHAR)"abc", 3, digest, sizeof(digest))));
    CHECK(RtlEqualMemory(digest, abc, sizeof(abc)));
    CHECK(NT_SUCCESS(BCryptCloseAlgorithmProvider(sha, 0)));
    CHECK(BCryptOpenAlgorithmProvider(&sha, L"NoSuchThing", NULL, 0) == STATUS_NOT_FOUND);
    return 0;
}

/* RFC 4231, test case 2. */
static ULONG64 authentication_codes(void)
{
    static const UCHAR wanted[] = {0x5b, 0xdc, 0xc1, 0x46, 0xbf, 0x60, 0x75, 0x4e};
    const char *text = "what do ya want for nothing?";
    BCRYPT_ALG_HANDLE hmac;
    BCRYPT_HASH_HANDLE hash;
    UCHAR code[32];
    CHECK(NT_SUCCESS(BCryptOpenAlgorithmProvider(&hmac, BCRYPT_SHA256_ALGORITHM, NULL,
        BCRYPT_PROV_DISPATCH | BCRYPT_ALG_HANDLE_HMAC_FLAG)));
    CHECK(NT_SUCCESS(
        BCryptCreateHash(hmac, &hash, NULL, 0, (PUCHAR)"Jefe", 4, BCRYPT_HASH_REUSABLE_FLAG)));
    for (int i = 0; i < 2; i++) {
        CHECK(NT_SUCCESS(BCryptHashData(hash, (PUCHAR)text, (ULONG)strlen(text), 0)));
        CHECK(NT_SUCCESS(BCryptFinishHash(hash, code, sizeof(code), 0)));
        CHECK(RtlEqualMemory(code, wanted, sizeof(wanted)));
    }
    CHECK(NT_SUCCESS(BCryptDestroyHash(hash)) && NT_SUCCESS(BCryptCloseAlgorithmProvider(hmac, 0)));
    return 0;
}

/* The second test case of the paper that defines GCM: a key, a nonce and a block of zeros. */
static ULONG64 sealed(BCRYPT_ALG_HANDLE aes, const UCHAR *text, const UCHAR *tag)
{
    static const UCHAR zeros[32];
    BCRYPT_KEY_HANDLE key;
    BCRYPT_AUTHENTICATED_CIPHER_MODE_INFO info;
    UCHAR code[16], cipher[16], plain[16];
    ULONG got = 0;
    BOOLEAN is_aes = aes == BCRYPT_AES_GCM_ALG_HANDLE;
    CHECK(NT_SUCCESS(BCryptGenerateSymmetricKey(aes, &key, NULL, 0, (PUCHAR)zeros, is_aes ? 16 : 32, 0)));
    BCRYPT_INIT_AUTH_MODE_INFO(info);
    info.pbNonce = (PUCHAR)zeros;
    info.cbNonce = 12;
    info.pbTag = code;
    info.cbTag = sizeof(code);
    CHECK(NT_SUCCESS(BCryptEncrypt(
        key, (PUCHAR)zeros, 16, &info, NULL, 0, cipher, sizeof(cipher), &got, 0)));
    CHECK(got == 16);
    CHECK(text == NULL || RtlEqualMemory(cipher, text, 16));
    CHECK(tag == NULL || RtlEqualMemory(code, tag, 16));
    CHECK(NT_SUCCESS(BCryptDecrypt(key, cipher, 16, &info, NULL, 0, plain, sizeof(plain), &got, 0)));
    CHECK(RtlEqualMemory(plain, zeros, 16));
    code[3] ^= 1;
    CHECK(BCryptDecrypt(key, cipher, 16, &info, NULL, 0, plain, sizeof(plain), &got, 0)
        == STATUS_AUTH_TAG_MISMATCH);
    CHECK(NT_SUCCESS(BCryptDestroyKey(key)));
    return 0;
}

static ULONG64 sealing(void)
{
    static const UCHAR text[] = {0x03, 0x88, 0xda, 0xce, 0x60, 0xb6, 0xa3, 0x92, 0xf3, 0x28, 0xc2, 0xb9, 0x71,
        0xb2, 0xfe, 0x78};
    static const UCHAR tag[] = {0xab, 0x6e, 0x47, 0xd4, 0x2c, 0xec, 0x13, 0xbd, 0xf5, 0x3a, 0x67, 0xb2, 0x12,
        0x57, 0xbd, 0xdf};
    ULONG64 line = sealed(BCRYPT_AES_GCM_ALG_HANDLE, text, tag);
    return line != 0 ? line : sealed(BCRYPT_CHACHA20_POLY1305_ALG_HANDLE, NULL, NULL);
}

/* NIST SP 800-38A, F.2.1; then padding. */
static ULONG64 chaining(void)
{
    static const UCHAR secret[] = {0x2b, 0x7e, 0x15, 0x16, 0x28, 0xae, 0xd2, 0xa6, 0xab, 0xf7, 0x15, 0x88,
        0x09, 0xcf, 0x4f, 0x3c};
    static const UCHAR block[] = {0x6b, 0xc1, 0xbe, 0xe2, 0x2e, 0x40, 0x9f, 0x96, 0xe9, 0x3d, 0x7e, 0x11,
        0x73, 0x93, 0x17, 0x2a};
    static const UCHAR wanted[] = {0x76, 0x49, 0xab, 0xac, 0x81, 0x19, 0xb2, 0x46, 0xce, 0xe9, 0x8e, 0x9b,
        0x12, 0xe9, 0x19, 0x7d};
    BCRYPT_ALG_HANDLE aes;
    BCRYPT_KEY_HANDLE key;
    UCHAR iv[16], cipher[32], plain[32];
    ULONG got = 0;
    CHECK(NT_SUCCESS(BCryptOpenAlgorithmProvider(&aes, BCRYPT_AES_ALGORITHM, NULL, 0)));
    CHECK(NT_SUCCESS(BCryptSetProperty(aes, BCRYPT_CHAINING_MODE, (PUCHAR)BCRYPT_CHAIN_MODE_CBC,
        sizeof(BCRYPT_CHAIN_MODE_CBC), 0)));
    CHECK(NT_SUCCESS(BCryptGenerateSymmetricKey(aes, &key, NULL, 0, (PUCHAR)secret, sizeof(secret), 0)));
    for (UCHAR i = 0; i < 16; i++) iv[i] = i;
    CHECK(NT_SUCCESS(BCryptEncrypt(key, (PUCHAR)block, 16, NULL, iv, 16, cipher, 16, &got, 0)));
    CHECK(got == 16 && RtlEqualMemory(cipher, wanted, 16) && RtlEqualMemory(iv, wanted, 16));
    CHECK(NT_SUCCESS(BCryptEncrypt(
        key, (PUCHAR)block, 5, NULL, NULL, 0, NULL, 0, &got, BCRYPT_BLOCK_PADDING)));
    CHECK(got == 16);
    RtlZeroMemory(iv, sizeof(iv));
    CHECK(NT_SUCCESS(BCryptEncrypt(
        key, (PUCHAR)block, 5, NULL, iv, 16, cipher, sizeof(cipher), &got, BCRYPT_BLOCK_PADDING)));
    RtlZeroMemory(iv, sizeof(iv));
    CHECK(NT_SUCCESS(BCryptDecrypt(
        key, cipher, got, NULL, iv, 16, plain, sizeof(plain), &got, BCRYPT_BLOCK_PADDING)));
    CHECK(got == 5 && RtlEqualMemory(plain, block, 5));
    CHECK(NT_SUCCESS(BCryptDestroyKey(key)) && NT_SUCCESS(BCryptCloseAlgorithmProvider(aes, 0)));
    return 0;
}

/* RFC 6070's inputs with SHA-256, and two random numbers that differ. */
static ULONG64 deriving(void)
{
    static const UCHAR wanted[] = {0x12, 0x0f, 0xb6, 0xcf, 0xfc, 0xf8, 0xb3, 0x2c};
    UCHAR key[32];
    ULONG64 first = 0, second = 0;
    CHECK(NT_SUCCESS(BCryptDeriveKeyPBKDF2(BCRYPT_HMAC_SHA256_ALG_HANDLE, (PUCHAR)"password", 8,
        (PUCHAR)"salt", 4, 1, key, sizeof(key), 0)));
    CHECK(RtlEqualMemory(key, wanted, sizeof(wanted)));
    CHECK(NT_SUCCESS(BCryptGenRandom(NULL, (PUCHAR)&first, 8, BCRYPT_USE_SYSTEM_PREFERRED_RNG)));
    CHECK(NT_SUCCESS(BCryptGenRandom(BCRYPT_RNG_ALG_HANDLE, (PUCHAR)&second, 8, 0)));
    CHECK(first != second);
    return 0;
}

static ULONG64 run(void)
{
    ULONG64 (*const all[])(void) = {hashes, authentication_codes, sealing, chaining, deriving};
    for (unsigned i = 0; i < sizeof(all) / sizeof(*all); i++) {
        ULONG64 line = all[i]();
        if (line != 0) return line;
    }
    return 0;
}
