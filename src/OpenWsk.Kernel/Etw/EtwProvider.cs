// One provider that a driver has registered. The service that it belongs to guards it. It knows nothing about
// events.
namespace OpenWsk.Kernel;

/// <summary>A registration.</summary>
internal sealed class EtwProvider(Guid id, nuint callback, nuint context, bool isClassic)
{
    public Guid Id { get; } = id;

    /// <summary>What the driver wants called when somebody listens; 0 for nothing.</summary>
    public nuint Callback { get; } = callback;

    public nuint Context { get; } = context;

    /// <summary>Whether it is a WPP provider, whose callback has another shape.</summary>
    public bool IsClassic { get; } = isClassic;

    /// <summary>The name that its traits tell; null before.</summary>
    public string? Name { get; set; }

    /// <summary>What it was told last; null while nobody listens.</summary>
    public EtwEnabling? Enabling { get; set; }

    public override string ToString() => Name ?? Id.ToString("D");
}
