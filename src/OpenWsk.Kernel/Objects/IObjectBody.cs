// What the managed part of an object may do when the object's handles or references end.
// It knows nothing about counts: see HandleTable.cs and ObjectTable.cs.
namespace OpenWsk.Kernel;

/// <summary>The managed part of an object that has something to do at its ends.</summary>
public interface IObjectBody
{
    /// <summary>The last handle was closed; references may be left.</summary>
    /// <remarks>IRQL: PASSIVE_LEVEL.</remarks>
    void OnHandlesClosed()
    {
    }

    /// <summary>
    /// The last reference is gone. True lets the guest memory be freed at once; false when the body still
    /// needs it and frees it in the executive's heap by itself.
    /// </summary>
    bool OnUnreferenced() => true;
}
