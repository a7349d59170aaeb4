// Routines that the test drivers import, declared as the kernel declares its own. Their world is the
// executive's; what a test wants to know of them they return to the driver or leave in Log.
using System.Globalization;
using System.Runtime.CompilerServices;

namespace OpenWsk.Loader.Tests;

/// <summary>Imports of the test drivers.</summary>
internal static class TestRoutines
{
    private static readonly ConditionalWeakTable<Executive, List<string>> s_logs = [];
    private static readonly ConditionalWeakTable<Executive, Action> s_visits = [];

    /// <summary>Sets what TestVisit does in one world.</summary>
    public static void OnVisit(Executive executive, Action visit) => s_visits.AddOrUpdate(executive, visit);

    /// <summary>What the routines of one world have noted.</summary>
    public static List<string> Log(Executive executive) => s_logs.GetOrCreateValue(executive);

    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    internal static ulong TestSum0(Executive x) => Weigh();

    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    internal static ulong TestSum1(Executive x, ulong a) => Weigh(a);

    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    internal static ulong TestSum2(Executive x, ulong a, ulong b) => Weigh(a, b);

    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    internal static ulong TestSum3(Executive x, ulong a, ulong b, ulong c) => Weigh(a, b, c);

    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    internal static ulong TestSum4(Executive x, ulong a, ulong b, ulong c, ulong d) => Weigh(a, b, c, d);

    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    internal static ulong TestSum5(Executive x, ulong a, ulong b, ulong c, ulong d, ulong e) =>
        Weigh(a, b, c, d, e);

    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    internal static ulong TestSum6(Executive x, ulong a, ulong b, ulong c, ulong d, ulong e, ulong f) =>
        Weigh(a, b, c, d, e, f);

    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    internal static ulong TestSum7(
        Executive x, ulong a, ulong b, ulong c, ulong d, ulong e, ulong f, ulong g) =>
        Weigh(a, b, c, d, e, f, g);

    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    internal static ulong TestSum8(
        Executive x, ulong a, ulong b, ulong c, ulong d, ulong e, ulong f, ulong g, ulong h) =>
        Weigh(a, b, c, d, e, f, g, h);

    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    internal static ulong TestSum9(
        Executive x, ulong a, ulong b, ulong c, ulong d, ulong e, ulong f, ulong g, ulong h, ulong i) =>
        Weigh(a, b, c, d, e, f, g, h, i);

    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    internal static ulong TestSum10(
        Executive x, ulong a, ulong b, ulong c, ulong d, ulong e, ulong f, ulong g, ulong h, ulong i,
        ulong j) =>
        Weigh(a, b, c, d, e, f, g, h, i, j);

    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    internal static ulong TestSum11(
        Executive x, ulong a, ulong b, ulong c, ulong d, ulong e, ulong f, ulong g, ulong h, ulong i, ulong j,
        ulong k) =>
        Weigh(a, b, c, d, e, f, g, h, i, j, k);

    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    internal static ulong TestSum12(
        Executive x, ulong a, ulong b, ulong c, ulong d, ulong e, ulong f, ulong g, ulong h, ulong i, ulong j,
        ulong k,
        ulong l) => Weigh(a, b, c, d, e, f, g, h, i, j, k, l);

    /// <summary>Notes its narrow arguments; returns one byte.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    internal static byte TestNarrow(
        Executive x, byte first, ushort second, sbyte third, int fourth, byte fifth)
    {
        Log(x).Add($"{first} {second} {third} {fourth} {fifth}");
        return first;
    }

    /// <summary>
    /// Notes one integer, one double and the string of a variadic call, as the format's letters say.
    /// </summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    internal static int TestPrint(Executive x, ulong first, nuint format, VaList arguments)
    {
        var text = new List<string> { first.ToString(CultureInfo.InvariantCulture) };
        foreach (var letter in GuestMemory.AnsiZ(format))
        {
            var slot = arguments.Next();
            text.Add(letter == (byte)'f'
                ? BitConverter.UInt64BitsToDouble(slot).ToString(CultureInfo.InvariantCulture)
                : slot.ToString(CultureInfo.InvariantCulture));
        }
        Log(x).Add(string.Join(' ', text));
        return text.Count;
    }

    /// <summary>Allocates, collects garbage and clears every vector register.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    internal static ulong TestCollect(Executive x)
    {
        var garbage = new List<byte[]>();
        for (var i = 0; i < 100; i++)
            garbage.Add(new byte[1000]);
        GC.Collect();
        VectorRegisters.Clear();
        return (ulong)garbage.Count;
    }

    /// <summary>Does what the test asked for by <see cref="OnVisit"/>.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    internal static ulong TestVisit(Executive x)
    {
        if (s_visits.TryGetValue(x, out var visit))
            visit();
        return 0;
    }

    /// <summary>Calls a guest routine with one argument.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    internal static ulong TestCall(Executive x, nuint target, ulong argument) =>
        x.Code.Call(target, [argument]);

    /// <summary>Calls a guest routine; returns 77 when guest code was left by an exception.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    internal static ulong TestCatch(Executive x, nuint target, ulong argument)
    {
        try
        {
            return x.Code.Call(target, [argument]);
        }
        catch (GuestUnwindException)
        {
            return 77;
        }
    }

    /// <summary>Reads a byte at an address that the guest gives, as the kernel's routines do.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    [MethodImpl(MethodImplOptions.NoInlining)] // a frame of its own in the exception's stack
    internal static byte TestReadByte(Executive x, GuestPtr<byte> address) => address.Value;

    /// <summary>Copies many bytes from an address that the guest gives.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    internal static ulong TestCopyMany(Executive x, nuint address) =>
        GuestMemory.Span(address, 1_000_000).ToArray()[0];

    /// <summary>Clears many bytes at an address that the guest gives.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    internal static void TestClearMany(Executive x, nuint address) =>
        GuestMemory.Span(address, 1_000_000).Clear();

    /// <summary>Never returns to the guest.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    internal static void TestEndThread(Executive x, uint status) =>
        throw new ThreadTerminatedException((NTSTATUS)status);

    /// <summary>Sum of the arguments, each times its place.</summary>
    internal static ulong Weigh(params ReadOnlySpan<ulong> arguments)
    {
        var sum = 1000ul;
        for (var i = 0; i < arguments.Length; i++)
            sum += (ulong)(i + 1) * arguments[i];
        return sum;
    }
}
