// Lets records compile for netstandard2.0, which analyzers must target. It has no other purpose.
// The compiler looks for the type by this name; nothing else refers to it.
namespace System.Runtime.CompilerServices;

internal static class IsExternalInit;
