// Structures of bcrypt.h at their x64 layout. It knows nothing about algorithms.
// Next: OpenWsk.Kernel/Crypto, which reads them.
namespace OpenWsk.Abi;

/// <summary>What an authenticated cipher takes beside its data. 88 bytes.</summary>
public struct BCRYPT_AUTHENTICATED_CIPHER_MODE_INFO
{
    public uint cbSize;
    public uint dwInfoVersion;
    public nuint pbNonce;
    public uint cbNonce;
    public nuint pbAuthData;
    public uint cbAuthData;
    public nuint pbTag;
    public uint cbTag;
    public nuint pbMacContext;
    public uint cbMacContext;
    public uint cbAAD;
    public ulong cbData;
    public uint dwFlags;
}
