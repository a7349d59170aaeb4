// The section service of the executive: it only composes. Next: SectionViews.cs, SectionRoutines.cs.
// It knows nothing about single sections.
namespace OpenWsk.Kernel;

public sealed partial class Executive
{
    private SectionViews? _views;

    /// <summary>Views of sections and virtual memory of this world.</summary>
    public SectionViews Views =>
        _views ?? Interlocked.CompareExchange(ref _views, new SectionViews(this), null) ?? _views;
}
