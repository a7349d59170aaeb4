// Text in guest memory for tests: terminated and counted, 8-bit and 16-bit. It knows nothing about routines.
// The memory is the world's and goes with it.
using System.Text;

namespace OpenWsk.Kernel.Tests;

public static class Texts
{
    /// <summary>A terminated 8-bit string; each char is one byte.</summary>
    public static nuint Ansi(KernelWorld world, string text)
    {
        var memory = world.Memory(text.Length + 1);
        Encoding.Latin1.GetBytes(text, GuestMemory.Span(memory, text.Length));
        return memory;
    }

    /// <summary>A terminated 16-bit string.</summary>
    public static nuint Wide(KernelWorld world, string text)
    {
        var memory = world.Memory((text.Length * 2) + 2);
        text.CopyTo(GuestMemory.Chars(memory, text.Length));
        return memory;
    }

    /// <summary>A counted 16-bit string with room for more.</summary>
    public static GuestPtr<UNICODE_STRING> Counted(KernelWorld world, string text, int roomChars = -1)
    {
        var target = world.New<UNICODE_STRING>();
        var room = Math.Max(roomChars, text.Length);
        var memory = world.Memory((room * 2) + 2);
        text.CopyTo(GuestMemory.Chars(memory, text.Length));
        target.Value = new UNICODE_STRING
        {
            Length = (ushort)(text.Length * 2),
            MaximumLength = (ushort)(room * 2),
            Buffer = memory,
        };
        return target;
    }

    /// <summary>A counted 8-bit string with room for more.</summary>
    public static GuestPtr<STRING> CountedAnsi(KernelWorld world, string text, int room = -1)
    {
        var target = world.New<STRING>();
        target.Value = new STRING
        {
            Length = (ushort)text.Length,
            MaximumLength = (ushort)Math.Max(room, text.Length),
            Buffer = world.Memory(Math.Max(room, text.Length) + 1),
        };
        Encoding.Latin1.GetBytes(text, GuestMemory.Span(target.Value.Buffer, text.Length));
        return target;
    }

    public static string Of(GuestPtr<UNICODE_STRING> text) =>
        GuestMemory.Chars(text.Value.Buffer, text.Value.Length / 2).ToString();

    public static string Of(GuestPtr<STRING> text) =>
        Encoding.Latin1.GetString(GuestMemory.Span(text.Value.Buffer, text.Value.Length));
}
