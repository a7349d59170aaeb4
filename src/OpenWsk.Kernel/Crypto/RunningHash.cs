// What computes a hash or a message code piece by piece: .NET's own, and the code of AES (CMAC), which .NET
// does not have, by RFC 4493. It knows nothing about handles or about who may use it when: CryptoObjects.cs.
using System.Security.Cryptography;

namespace OpenWsk.Kernel;

/// <summary>A computation that goes on.</summary>
internal abstract class RunningHash : IDisposable
{
    public abstract void Append(ReadOnlySpan<byte> data);

    /// <summary>Tells the result and begins again.</summary>
    public abstract void Finish(Span<byte> result);

    public abstract RunningHash Copy();

    public abstract void Dispose();
}

/// <summary>A hash, or a message code by a hash.</summary>
internal sealed class DigestHash(IncrementalHash hash) : RunningHash
{
    public override void Append(ReadOnlySpan<byte> data) => hash.AppendData(data);

    public override void Finish(Span<byte> result) => hash.GetHashAndReset(result);

    public override RunningHash Copy() => new DigestHash(hash.Clone());

    public override void Dispose() => hash.Dispose();
}

/// <summary>AES-CMAC.</summary>
internal sealed class CmacHash : RunningHash
{
    public const int BlockBytes = 16;

    // The polynomial of the field, RFC 4493 section 2.3.
    private const byte Reduction = 0x87;

    private readonly Aes _aes = Aes.Create();
    private readonly byte[] _state = new byte[BlockBytes];

    // The last block is treated differently, so a whole one waits until more comes.
    private readonly byte[] _block = new byte[BlockBytes];
    private int _blockBytes;

    /// <summary>Begins with a key of 16, 24 or 32 bytes.</summary>
    public CmacHash(ReadOnlySpan<byte> key) => _aes.SetKey(key);

    public override void Append(ReadOnlySpan<byte> data)
    {
        while (!data.IsEmpty)
        {
            if (_blockBytes == BlockBytes)
                Mix();
            var count = Math.Min(data.Length, BlockBytes - _blockBytes);
            data[..count].CopyTo(_block.AsSpan(_blockBytes));
            _blockBytes += count;
            data = data[count..];
        }
    }

    public override void Finish(Span<byte> result)
    {
        Span<byte> subkey = stackalloc byte[BlockBytes];
        _aes.EncryptEcb(subkey, subkey, PaddingMode.None);
        Double(subkey);
        if (_blockBytes != BlockBytes)
        {
            Double(subkey);
            _block[_blockBytes] = 0x80;
            _block.AsSpan(_blockBytes + 1).Clear();
        }
        for (var i = 0; i < BlockBytes; i++)
            _block[i] ^= subkey[i];
        Mix();
        _state.CopyTo(result);
        Array.Clear(_state);
    }

    public override RunningHash Copy()
    {
        var copy = new CmacHash(_aes.Key) { _blockBytes = _blockBytes };
        _state.CopyTo(copy._state, 0);
        _block.CopyTo(copy._block, 0);
        return copy;
    }

    public override void Dispose() => _aes.Dispose();

    private void Mix()
    {
        for (var i = 0; i < BlockBytes; i++)
            _state[i] ^= _block[i];
        _aes.EncryptEcb(_state, _state, PaddingMode.None);
        _blockBytes = 0;
    }

    private static void Double(Span<byte> value)
    {
        var carry = value[0] >> 7;
        for (var i = 0; i < BlockBytes - 1; i++)
            value[i] = (byte)(value[i] << 1 | value[i + 1] >> 7);
        value[^1] = (byte)(value[^1] << 1 ^ carry * Reduction);
    }
}
