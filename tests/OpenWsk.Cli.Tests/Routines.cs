// Routine descriptions made by hand, for tests of what prints them.
// Real ones come from the export generator.
using OpenWsk.Kernel;

namespace OpenWsk.Cli.Tests;

/// <summary>Makes routines that are never called.</summary>
internal static class Routines
{
    public static Routine Make(
        string name, string returnType, params (string Name, string Type)[] parameters) => new(
        "test.sys", name, SupportLevel.Full, null, Irql.High, null, CallClass.Shared, returnType,
        [.. parameters.Select(p => new RoutineParameter(p.Name, p.Type))], false, () => 0, (_, _) => 0);
}
