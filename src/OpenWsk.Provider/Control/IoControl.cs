// One row of the table of I/O controls: everything that the contract says about a control except what it
// does. It knows nothing about sockets; the rows are in IoControlTable.cs.
namespace OpenWsk.Provider;

/// <summary>Whether a control comes with an IRP.</summary>
internal enum IrpUse
{
    Required,
    Never,
    Optional,
}

/// <summary>Which arguments a control uses.</summary>
[Flags]
internal enum ControlArguments
{
    None = 0,
    Input = 1,
    Output = 2,

    /// <summary>OutputSizeReturned.</summary>
    Size = 4,
}

/// <summary>Carries a control out.</summary>
internal delegate ControlResult IoControlHandler(in ControlCall call);

/// <summary>One I/O control.</summary>
/// <param name="Code">Its number.</param>
/// <param name="Text">Its name in wsk.h or ws2def.h.</param>
/// <param name="Categories">Sockets that have it.</param>
/// <param name="Irp">Whether an IRP is given.</param>
/// <param name="Arguments">What it uses.</param>
/// <param name="Handler">Who carries it out.</param>
internal sealed record IoControl(
    uint Code,
    string Text,
    SocketCategories Categories,
    IrpUse Irp,
    ControlArguments Arguments,
    IoControlHandler Handler)
{
    /// <summary>The client's rule that a missing or surplus IRP breaks.</summary>
    public string IrpRule { get; init; } = "CTLS-16";

    /// <summary>
    /// The client's rule that a call above PASSIVE_LEVEL breaks; null for one that may come there.
    /// </summary>
    public string? PassiveRule { get; init; }
}
