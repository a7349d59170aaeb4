// Names of the codes that code passes to __fastfail (winnt.h, documented with bug check 0x139).
// It knows nothing about who passes them.
namespace OpenWsk.Loader;

/// <summary>Says what a fail-fast code means.</summary>
internal static class FailFastCodes
{
    public static string Describe(ulong code) => code switch
    {
        0 => "a stack cookie was overwritten",
        1 => "a virtual function table was overwritten",
        2 => "a stack cookie was overwritten",
        3 => "a LIST_ENTRY is corrupt",
        4 => "the stack pointer is outside the stack",
        5 => "an invalid argument",
        6 => "the stack cookie was not initialised",
        7 => "a fatal exit",
        8 => "an index is out of range",
        9 => "an unsafe registry call",
        10 => "an indirect call of an invalid target",
        14 => "a reference count is invalid",
        18 => "an invalid jump buffer",
        19 => "read-only data was changed",
        29 => "an RTL_BALANCED_NODE is corrupt",
        _ => "the driver failed fast",
    };
}
