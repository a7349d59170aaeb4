// Kinds of objects that handles and references lead to, and their OBJECT_TYPE addresses that drivers compare
// with. It knows nothing about single objects.
namespace OpenWsk.Kernel;

/// <summary>What an object is.</summary>
public enum ObjectKind
{
    Thread,
    Process,
    Event,
    Key,
    File,
    Device,
    Driver,
    Section,
    Token,
    Callback,
}
