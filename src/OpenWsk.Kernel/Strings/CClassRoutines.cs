// Character classes of the C locale, and 16-bit ones that drivers import: what is asked for is the class, the
// value beyond "not zero" is the C library's bit. It knows nothing about isdigit, isspace and isxdigit, which
// are in CStringRoutines.cs.
namespace OpenWsk.Kernel;

/// <summary>Character class routines of ntoskrnl.</summary>
public static class CClassRoutines
{
    /// <summary>Whether it is a letter.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static int isalpha(Executive executive, int c) =>
        c is >= 0 and < 128 && (char.IsAsciiLetter((char)c)) ? 0x103 : 0;

    /// <summary>Whether it is a letter or digit.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static int isalnum(Executive executive, int c) =>
        c is >= 0 and < 128 && (char.IsAsciiLetterOrDigit((char)c)) ? 0x107 : 0;

    /// <summary>Whether it is a capital letter.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static int isupper(Executive executive, int c) =>
        c is >= 0 and < 128 && (char.IsAsciiLetterUpper((char)c)) ? 1 : 0;

    /// <summary>Whether it is a small letter.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static int islower(Executive executive, int c) =>
        c is >= 0 and < 128 && (char.IsAsciiLetterLower((char)c)) ? 2 : 0;

    /// <summary>Whether it is printable.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static int isprint(Executive executive, int c) =>
        c is >= 0 and < 128 && (c is >= ' ' and <= '~') ? 0x157 : 0;

    /// <summary>Whether it is printable and no space.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static int isgraph(Executive executive, int c) =>
        c is >= 0 and < 128 && (c is > ' ' and <= '~') ? 0x117 : 0;

    /// <summary>Whether it is a control character.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static int iscntrl(Executive executive, int c) =>
        c is >= 0 and < 128 && (c is < ' ' or 127) ? 0x20 : 0;

    /// <summary>Whether it is punctuation.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static int ispunct(Executive executive, int c) =>
        c is >= 0 and < 128 && (c is > ' ' and <= '~' && !char.IsAsciiLetterOrDigit((char)c)) ? 0x10 : 0;

    /// <summary>Whether it is a letter.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static int iswalpha(Executive executive, char c) => char.IsLetter(c) ? 0x103 : 0;

    /// <summary>Whether it is a decimal digit.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static int iswdigit(Executive executive, char c) => char.IsAsciiDigit(c) ? 4 : 0;

    /// <summary>Whether it is white space.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static int iswspace(Executive executive, char c) => char.IsWhiteSpace(c) ? 8 : 0;

    /// <summary>Whether it is a hexadecimal digit.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static int iswxdigit(Executive executive, char c) => char.IsAsciiHexDigit(c) ? 0x80 : 0;

    /// <summary>Whether it is a letter or digit.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static int iswalnum(Executive executive, char c) => char.IsLetterOrDigit(c) ? 0x107 : 0;

    /// <summary>Whether it is a capital letter.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static int iswupper(Executive executive, char c) => char.IsUpper(c) ? 1 : 0;

    /// <summary>Whether it is a small letter.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static int iswlower(Executive executive, char c) => char.IsLower(c) ? 2 : 0;
}
