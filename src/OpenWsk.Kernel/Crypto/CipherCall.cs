// The arguments of BCryptEncrypt and BCryptDecrypt as one value, since both have the same ten.
// It knows nothing about what they mean to a mode. Next: BlockCipher.cs, AuthenticatedCipher.cs.
namespace OpenWsk.Kernel;

/// <summary>One call that encrypts or decrypts.</summary>
internal readonly record struct CipherCall(
    bool IsEncryption,
    nuint Input,
    uint InputBytes,
    nuint PaddingInfo,
    nuint Vector,
    uint VectorBytes,
    nuint Output,
    uint OutputBytes,
    uint Flags);
