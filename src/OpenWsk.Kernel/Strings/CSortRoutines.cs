// Sorting, searching and random numbers of the C library. Elements are the driver's bytes and its routine
// compares them; the comparison may lie, so nothing here depends on its being an order. It knows nothing
// about text.
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>Sorting and searching routines of ntoskrnl.</summary>
public static class CSortRoutines
{
    /// <summary>Sorts elements.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static void qsort(Executive executive, nuint @base, nuint number, nuint width, nuint compare) =>
        Sort(executive, @base, number, width, (a, b) => (int)executive.Code.Call(compare, [a, b]));

    /// <summary>Sorts elements; the comparison gets a context first.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static void qsort_s(
        Executive executive, nuint @base, nuint number, nuint width, nuint compare, nuint context) =>
        Sort(executive, @base, number, width, (a, b) => (int)executive.Code.Call(compare, [context, a, b]));

    /// <summary>Finds an element of sorted ones; NULL when there is none.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static nuint bsearch(
        Executive executive, nuint key, nuint @base, nuint number, nuint width, nuint compare) =>
        Search(key, @base, number, width, (a, b) => (int)executive.Code.Call(compare, [a, b]));

    /// <summary>Finds an element of sorted ones; the comparison gets a context first.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static nuint bsearch_s(
        Executive executive,
        nuint key,
        nuint @base,
        nuint number,
        nuint width,
        nuint compare,
        nuint context) =>
        Search(key, @base, number, width, (a, b) => (int)executive.Code.Call(compare, [context, a, b]));

    /// <summary>The next number of 0 to 32767 that follows from the seed.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static int rand(Executive executive)
    {
        // The generator of the C library, whose numbers programs know.
        uint seed;
        do
        {
            seed = Volatile.Read(ref executive.RandomSeed);
        }
        while (Interlocked.CompareExchange(
            ref executive.RandomSeed, unchecked((seed * 214013) + 2531011), seed) != seed);
        return (int)(unchecked((seed * 214013) + 2531011) >> 16) & 0x7FFF;
    }

    /// <summary>Sets the seed.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static void srand(Executive executive, uint seed) =>
        Volatile.Write(ref executive.RandomSeed, seed);

    /// <summary>The number without its sign.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static int abs(Executive executive, int n) => n < 0 ? unchecked(-n) : n;

    /// <summary>The number without its sign.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static int labs(Executive executive, int n) => n < 0 ? unchecked(-n) : n;

    // A heap sort: it moves elements in place, needs no memory and ends whatever the comparison says.
    private static void Sort(
        Executive executive, nuint begin, nuint count, nuint width, Func<nuint, nuint, int> compare)
    {
        if (begin == 0 || count < 2 || width == 0)
            return;
        for (var root = count / 2; root-- > 0;)
            SiftDown(begin, root, count, width, compare);
        for (var end = count - 1; end > 0; end--)
        {
            Swap(begin, begin + (end * width), width);
            SiftDown(begin, 0, end, width, compare);
        }
    }

    private static void SiftDown(
        nuint begin, nuint root, nuint count, nuint width, Func<nuint, nuint, int> compare)
    {
        for (var child = (root * 2) + 1; child < count; child = (root * 2) + 1)
        {
            var right = child + 1;
            if (right < count && compare(begin + (child * width), begin + (right * width)) < 0)
                child = right;
            if (compare(begin + (root * width), begin + (child * width)) >= 0)
                return;
            Swap(begin + (root * width), begin + (child * width), width);
            root = child;
        }
    }

    private static nuint Search(
        nuint key, nuint begin, nuint count, nuint width, Func<nuint, nuint, int> compare)
    {
        for (nuint low = 0, high = count; low < high;)
        {
            var middle = low + ((high - low) / 2);
            var element = begin + (middle * width);
            var order = compare(key, element);
            if (order == 0)
                return element;
            if (order < 0)
                high = middle;
            else
                low = middle + 1;
        }
        return 0;
    }

    private static void Swap(nuint first, nuint second, nuint width)
    {
        for (nuint i = 0; i < width; i++)
        {
            var kept = GuestMemory.Read<byte>(first + i);
            GuestMemory.Write(first + i, GuestMemory.Read<byte>(second + i));
            GuestMemory.Write(second + i, kept);
        }
    }
}
