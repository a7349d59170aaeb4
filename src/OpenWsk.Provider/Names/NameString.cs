// A UNICODE_STRING argument of the name functions: text that the client gives, or room for text that it
// wants. Both are taken during the call. It knows nothing about what the text means.
using OpenWsk.Abi;

namespace OpenWsk.Provider;

/// <summary>Text that a client gives.</summary>
internal static class NameString
{
    private const int TerminatorBytes = sizeof(char);

    /// <summary>
    /// Reads an optional string by its Length; false when it is none. A string that its own fields do not
    /// show to be terminated is reported (NAME-05) and read all the same.
    /// </summary>
    public static bool TryRead(
        WskProvider provider, GuestPtr<UNICODE_STRING> source, string argument, out string? text)
    {
        text = null;
        if (source.IsNull)
            return true;
        var value = source.Value;
        if (value.Length % sizeof(char) != 0 || (value.Buffer == 0 && value.Length != 0))
            return false;
        text = GuestMemory.Chars(value.Buffer, value.Length / sizeof(char)).ToString();
        if (value.Length != 0 && !IsTerminated(value))
            provider.Executive.Breach("NAME-05", $"{argument} \"{text}\" is not null-terminated");
        // Who counts the terminator in gives it as text; a name ends there in any case.
        var end = text.IndexOf('\0', StringComparison.Ordinal);
        if (end >= 0)
            text = text[..end];
        return true;
    }

    private static bool IsTerminated(in UNICODE_STRING value) =>
        value.MaximumLength >= value.Length + TerminatorBytes
        && GuestMemory.Read<char>(value.Buffer + value.Length) == '\0';
}

/// <summary>Room for text that a client wants; absent when it wants none.</summary>
internal readonly struct NameRoom
{
    private readonly GuestPtr<UNICODE_STRING> _string;
    private readonly nuint _buffer;
    private readonly int _roomBytes;

    public NameRoom(GuestPtr<UNICODE_STRING> destination)
    {
        _string = destination;
        if (destination.IsNull)
            return;
        _buffer = destination.Value.Buffer;
        _roomBytes = _buffer == 0 ? 0 : destination.Value.MaximumLength;
    }

    /// <summary>Whether the client wants this text.</summary>
    public bool IsWanted => !_string.IsNull;

    /// <summary>The memory that must stay: the string and what it points to.</summary>
    public IEnumerable<nuint> Memory => IsWanted ? [_string.Address, _buffer] : [];

    /// <summary>Whether the text and its terminator fit.</summary>
    public bool Holds(string text) => (text.Length + 1) * sizeof(char) <= _roomBytes;

    /// <summary>Writes text that fits, its terminator, and its length without that.</summary>
    public void Write(string text)
    {
        var room = GuestMemory.Chars(_buffer, text.Length + 1);
        text.CopyTo(room);
        room[text.Length] = '\0';
        _string.Value.Length = (ushort)(text.Length * sizeof(char));
    }
}
