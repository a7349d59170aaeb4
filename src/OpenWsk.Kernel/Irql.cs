// Interrupt request levels by name.
// It knows nothing about threads; each KernelThread holds its own level.
namespace OpenWsk.Kernel;

/// <summary>The levels of x64 Windows that software can see.</summary>
public static class Irql
{
    public const byte Passive = 0;
    public const byte Apc = 1;
    public const byte Dispatch = 2;
    public const byte High = 15;

    /// <summary>The level's Windows name.</summary>
    public static string Name(byte irql) => irql switch
    {
        Passive => "PASSIVE_LEVEL",
        Apc => "APC_LEVEL",
        Dispatch => "DISPATCH_LEVEL",
        High => "HIGH_LEVEL",
        _ => $"IRQL {irql}",
    };
}
