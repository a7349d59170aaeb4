// The conversions of sscanf: d i u o x X p s c [ n, with *, a width and the sizes hh h l ll I64 I32 z. Texts
// are 8 bits wide. It knows nothing about which routine asks: CScanRoutines.cs.
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>Reads one text by one format.</summary>
internal ref struct CTextScanner(
    ReadOnlySpan<byte> text, ReadOnlySpan<byte> format, VaList arguments, bool hasSizes)
{
    private const int AtEnd = -1;
    private readonly ReadOnlySpan<byte> _text = text;
    private readonly ReadOnlySpan<byte> _format = format;
    private readonly bool _hasSizes = hasSizes;
    private VaList _arguments = arguments;
    private int _at;
    private int _next;
    private int _stored;
    private bool _isFailed;

    /// <summary>Number of values stored; -1 when the text ended before the first.</summary>
    public int Run()
    {
        while (_next < _format.Length)
        {
            var c = _format[_next++];
            if (IsSpace(c))
            {
                SkipSpace();
                continue;
            }
            if (c != '%' || (_next < _format.Length && _format[_next] == '%'))
            {
                if (c == '%')
                {
                    _next++;
                    SkipSpace();
                }
                if (_at >= _text.Length || _text[_at] != c)
                {
                    _isFailed = true;
                    break;
                }
                _at++;
                continue;
            }
            _isFailed = !Convert();
            if (_isFailed)
                break;
        }
        // Nothing was stored because nothing was left: the end of the text, not a mismatch.
        return _stored == 0 && _isFailed && _at >= _text.Length ? AtEnd : _stored;
    }

    private bool Convert()
    {
        var isStored = !Take('*');
        var width = 0;
        while (_next < _format.Length && char.IsAsciiDigit((char)_format[_next]))
            width = Math.Min((width * 10) + (_format[_next++] - '0'), int.MaxValue / 20);
        var bytes = SizeOf();
        if (_next >= _format.Length)
            return false;
        var conversion = (char)_format[_next++];
        switch (conversion)
        {
            case 'd' or 'u':
                return Number(10, bytes, width, isStored);
            case 'i':
                return Number(0, bytes, width, isStored);
            case 'o':
                return Number(8, bytes, width, isStored);
            case 'x' or 'X':
                return Number(16, bytes, width, isStored);
            case 'p':
                return Number(16, sizeof(ulong), width, isStored);
            case 'n':
                if (isStored)
                    Store((nuint)_arguments.Next(), (ulong)_at, bytes);
                return true;
            case 's':
                SkipSpace();
                return Text(Run(width, b => !IsSpace(b)), true, isStored);
            case 'c':
                return Text(RunOf(Math.Max(width, 1)), false, isStored);
            case '[':
                return Set(width, isStored);
            default:
                return false;
        }
    }

    // Bytes of a number's place, by the size that stands before the conversion.
    private int SizeOf()
    {
        if (Take('h'))
            return Take('h') ? 1 : 2;
        if (Take('l'))
            return Take('l') ? 8 : 4;
        if (Take('z') || Take('j') || Take('t'))
            return 8;
        if (!Take('I'))
            return 4;
        if (Take('6') && Take('4'))
            return 8;
        return Take('3') && Take('2') ? 4 : 8;
    }

    private bool Number(int radix, int bytes, int width, bool isStored)
    {
        SkipSpace();
        var end = width == 0 ? _text.Length : Math.Min(_text.Length, _at + width);
        var at = _at;
        var isNegative = at < end && _text[at] == '-';
        if (at < end && _text[at] is (byte)'-' or (byte)'+')
            at++;
        var isHex = at + 1 < end && _text[at] == '0' && _text[at + 1] is (byte)'x' or (byte)'X';
        if (radix is 0 or 16 && at + 1 < end && isHex)
        {
            at += 2;
            radix = 16;
        }
        else if (radix == 0)
        {
            radix = at < end && _text[at] == '0' ? 8 : 10;
        }
        var begin = at;
        ulong value = 0;
        for (int digit; at < end && (digit = DigitOf(_text[at])) < radix; at++)
            value = unchecked((value * (ulong)radix) + (ulong)digit);
        // The nought of a prefix without digits behind it is a number by itself.
        if (at == begin && !(begin > _at && isHex))
            return false;
        _at = at;
        if (!isStored)
            return true;
        Store((nuint)_arguments.Next(), isNegative ? unchecked(0 - value) : value, bytes);
        _stored++;
        return true;
    }

    private bool Set(int width, bool isStored)
    {
        Span<bool> members = stackalloc bool[256];
        var isInverted = Take('^');
        for (var first = true; _next < _format.Length && (first || _format[_next] != ']'); first = false)
        {
            var from = _format[_next++];
            var to = from;
            var isRange = _next + 1 < _format.Length && _format[_next] == '-' && _format[_next + 1] != ']';
            if (isRange)
            {
                to = _format[_next + 1];
                _next += 2;
            }
            for (int c = Math.Min(from, to); c <= Math.Max(from, to); c++)
                members[c] = true;
        }
        _next++;
        var length = 0;
        var limit = width == 0 ? int.MaxValue : width;
        while (length < limit && _at + length < _text.Length && members[_text[_at + length]] != isInverted)
            length++;
        return Text(length, true, isStored);
    }

    private readonly int Run(int width, Predicate<byte> isPart)
    {
        var limit = width == 0 ? int.MaxValue : width;
        var length = 0;
        while (length < limit && _at + length < _text.Length && isPart(_text[_at + length]))
            length++;
        return length;
    }

    private readonly int RunOf(int count) => _at + count <= _text.Length ? count : 0;

    private bool Text(int length, bool isTerminated, bool isStored)
    {
        if (length == 0)
            return false;
        if (isStored)
        {
            var place = (nuint)_arguments.Next();
            var room = _hasSizes ? (uint)_arguments.Next() : uint.MaxValue;
            // A text that does not fit leaves an empty one and ends the scan.
            if ((ulong)length + (isTerminated ? 1ul : 0) > room)
            {
                if (room != 0)
                    GuestMemory.Write(place, (byte)0);
                return false;
            }
            _text.Slice(_at, length).CopyTo(GuestMemory.Span(place, length));
            if (isTerminated)
                GuestMemory.Write(place + (nuint)length, (byte)0);
            _stored++;
        }
        _at += length;
        return true;
    }

    private static void Store(nuint place, ulong value, int bytes)
    {
        switch (bytes)
        {
            case 1:
                GuestMemory.Write(place, (byte)value);
                break;
            case 2:
                GuestMemory.Write(place, (ushort)value);
                break;
            case 4:
                GuestMemory.Write(place, (uint)value);
                break;
            default:
                GuestMemory.Write(place, value);
                break;
        }
    }

    private bool Take(char c)
    {
        var isThere = _next < _format.Length && _format[_next] == c;
        if (isThere)
            _next++;
        return isThere;
    }

    private void SkipSpace()
    {
        while (_at < _text.Length && IsSpace(_text[_at]))
            _at++;
    }

    private static bool IsSpace(byte c) => c is (byte)' ' or (>= (byte)'\t' and <= (byte)'\r');

    private static int DigitOf(byte c) => c switch
    {
        >= (byte)'0' and <= (byte)'9' => c - '0',
        >= (byte)'a' and <= (byte)'f' => c - 'a' + 10,
        >= (byte)'A' and <= (byte)'F' => c - 'A' + 10,
        _ => int.MaxValue,
    };
}
