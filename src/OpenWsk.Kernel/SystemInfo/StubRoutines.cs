// Names that driver frameworks look up in their start-up code and fail without, although most drivers never
// call them. Each is there and stops the driver when it is called. It knows nothing about what they would do.
namespace OpenWsk.Kernel;

/// <summary>Routines of ntoskrnl that only have a name.</summary>
public static class StubRoutines
{
    private const string Note = "only the name is there; a call stops the driver";

    [Export(Libraries.Ntoskrnl, SupportLevel.Stub, Note = Note)]
    public static ulong ZwTraceControl(
        Executive executive) => throw Refuse(executive, nameof(ZwTraceControl));

    [Export(Libraries.Ntoskrnl, SupportLevel.Stub, Note = Note)]
    public static ulong ZwTraceEvent(Executive executive) => throw Refuse(executive, nameof(ZwTraceEvent));

    private static GuestStoppedException Refuse(Executive executive, string name) =>
        executive.Stop($"{Libraries.Ntoskrnl}!{name} was called, of which only the name is there");
}
