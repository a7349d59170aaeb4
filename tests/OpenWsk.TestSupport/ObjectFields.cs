// All fields of an object, whoever declares them: a test sets each to something that a new object does not
// have, lets the object begin anew, and compares it with a new one. So a field that somebody adds later and
// forgets to reset fails the test. It knows nothing about what the fields are for.
using System.Reflection;
using System.Runtime.CompilerServices;

namespace OpenWsk.TestSupport;

/// <summary>Reads and writes the fields of objects that may serve again.</summary>
public static class ObjectFields
{
    private const BindingFlags Declared =
        BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    /// <summary>Sets every field but those named to something else than a new object has there.</summary>
    /// <param name="used">The object.</param>
    /// <param name="fresh">A new one of its type.</param>
    /// <param name="kept">Names of fields that stay as they are.</param>
    public static void Stain(object used, object fresh, IReadOnlyCollection<string> kept)
    {
        foreach (var field in FieldsOf(used.GetType()).Where(field => !kept.Contains(field.Name)))
        {
            field.SetValue(used, Stain(field.FieldType, field.GetValue(fresh)));
            if (AreSame(field, used, fresh))
                throw new InvalidOperationException($"{field.Name} could not be set to anything else");
        }
    }

    /// <summary>The fields, but those named, in which two objects of a type differ.</summary>
    public static IReadOnlyList<string> Differences(
        object one, object other, IReadOnlyCollection<string> kept) =>
    [
        .. FieldsOf(one.GetType())
            .Where(field => !kept.Contains(field.Name))
            .Where(field => !AreSame(field, one, other))
            .Select(field => field.Name),
    ];

    private static IEnumerable<FieldInfo> FieldsOf(Type? type)
    {
        for (; type is not null && type != typeof(object); type = type.BaseType)
        {
            foreach (var field in type.GetFields(Declared))
                yield return field;
        }
    }

    private static bool AreSame(FieldInfo field, object one, object other) =>
        field.FieldType.IsValueType || field.FieldType.IsPointer
            ? Equals(field.GetValue(one), field.GetValue(other))
            : ReferenceEquals(field.GetValue(one), field.GetValue(other));

    private static object Stain(Type type, object? fresh)
    {
        if (type.IsPointer)
            return (nint)0x5A5A;
        if (Nullable.GetUnderlyingType(type) is { } value)
            return Activator.CreateInstance(value)!;
        if (type == typeof(bool))
            return !(bool)fresh!;
        if (type.IsEnum)
            return Enum.ToObject(type, Convert.ToInt64(fresh, null) + 1);
        if (type.IsPrimitive)
            return type == typeof(nuint) ? (nuint)fresh! + 1
                : type == typeof(nint) ? (nint)fresh! + 1
                : Convert.ChangeType(Convert.ToInt64(fresh, null) + 1, type, null);
        if (type.IsValueType)
            return StainParts(type, fresh!);
        return type == typeof(string) ? new string("former life".AsSpan()) : Instance(type);
    }

    private static object StainParts(Type type, object fresh)
    {
        var stained = RuntimeHelpers.GetObjectValue(fresh);
        foreach (var field in FieldsOf(type))
        {
            if (!field.FieldType.IsDefined(typeof(InlineArrayAttribute)))
                field.SetValue(stained, Stain(field.FieldType, field.GetValue(fresh)));
        }
        return stained;
    }

    // Nobody calls it: it is only not what was there.
    private static object Instance(Type type)
    {
        var concrete = type.IsAbstract || type.IsInterface
            ? AppDomain.CurrentDomain.GetAssemblies()
                .Where(assembly => !assembly.IsDynamic)
                .SelectMany(assembly => assembly.GetTypes())
                .First(one => one.IsAssignableTo(type) && one is { IsAbstract: false, IsInterface: false }
                    && !one.ContainsGenericParameters)
            : type;
        var made = RuntimeHelpers.GetUninitializedObject(concrete);
        GC.SuppressFinalize(made);
        return made;
    }
}
