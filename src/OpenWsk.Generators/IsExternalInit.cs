// Lets records compile for netstandard2.0, which analyzers must target. It has no other purpose.
namespace System.Runtime.CompilerServices;

internal static class IsExternalInit;
