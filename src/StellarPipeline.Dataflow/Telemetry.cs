using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Reflection;

namespace StellarPipeline.Dataflow;

/// <summary>Settings shared by the telemetry of all libraries: the prefix of names, the current run, and the version.</summary>
/// <remarks>
/// Each library has one <see cref="Meter"/> and one <see cref="ActivitySource"/>, both named after the library. Without listeners, nothing
/// is measured or allocated.
/// </remarks>
public static class Telemetry
{
    /// <summary>The prefix of every name, unless another one is set.</summary>
    public const string DefaultPrefix = "pipeline";

    private static readonly AsyncLocal<string?> CurrentRun = new();
    private static readonly Lock Gate = new();
    private static string prefix = DefaultPrefix;
    private static bool prefixIsUsed;

    /// <summary>
    /// First part of the name of every instrument, activity and tag of ours: lower-case letters, digits, underscores and dots.
    /// </summary>
    /// <value>Default <see cref="DefaultPrefix"/>. It applies to the whole process: set it before any of these libraries is used.</value>
    /// <exception cref="ArgumentException">The name is empty or contains other characters.</exception>
    /// <exception cref="InvalidOperationException">Instruments with another prefix already exist.</exception>
    public static string Prefix
    {
        get
        {
            lock (Gate)
            {
                prefixIsUsed = true;
                return prefix;
            }
        }
        set
        {
            if (string.IsNullOrEmpty(value)
                || !value.All(character => char.IsAsciiLetterLower(character) || char.IsAsciiDigit(character) || character is '_' or '.'))
            {
                throw new ArgumentException(
                    $"'{value}' is not a prefix for names: use lower-case letters, digits, underscores and dots.", nameof(value));
            }

            lock (Gate)
            {
                if (prefixIsUsed && value != prefix)
                {
                    throw new InvalidOperationException(
                        $"Instruments with the prefix '{prefix}' already exist. Set the prefix when the program starts.");
                }

                prefix = value;
            }
        }
    }

    /// <summary>Name of the current run of this caller; null outside a run.</summary>
    public static string? Run => CurrentRun.Value;

    /// <summary>
    /// Names the run of everything that the caller starts from here on, for the tag <c>pipeline.run</c> of measurements and activities.
    /// </summary>
    /// <param name="run">The name. Use few names, or reuse them: each one is a separate time series.</param>
    /// <returns>A scope; dispose it to return to the previous run.</returns>
    public static IDisposable BeginRun(string run)
    {
        ArgumentException.ThrowIfNullOrEmpty(run);
        var scope = new RunScope(CurrentRun.Value);
        CurrentRun.Value = run;
        return scope;
    }

    /// <summary>Creates the meter of a library.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="owner">A type of the library, for its version.</param>
    internal static Meter NewMeter(string name, Type owner) => new(name, VersionOf(owner.Assembly));

    /// <summary>Creates the activity source of a library.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="owner">A type of the library, for its version.</param>
    internal static ActivitySource NewSource(string name, Type owner) => new(name, VersionOf(owner.Assembly));

    /// <summary>Adds the tag of the run to a list of tags.</summary>
    internal static void AddRun(ref TagList tags)
    {
        if (Run is { } run) tags.Add(TagNames.Run, run);
    }

    /// <summary>Starts an activity with the tag of the run; returns null without listeners.</summary>
    internal static Activity? Start(ActivitySource source, string name, ActivityKind kind = ActivityKind.Internal)
    {
        if (!source.HasListeners()) return null;
        Activity? activity = source.StartActivity(TagNames.Name(name), kind);
        if (activity is not null && Run is { } run) activity.SetTag(TagNames.Run, run);
        return activity;
    }

    /// <summary>Marks an activity as failed.</summary>
    internal static void Fail(Activity? activity, Exception error)
    {
        if (activity is null) return;
        activity.SetStatus(ActivityStatusCode.Error, error.Message);
        activity.SetTag(TagNames.ErrorType, TypeOf(error));
    }

    /// <summary>The name under which an error is counted: the kind of a PipelineException, otherwise its type.</summary>
    internal static string TypeOf(Exception error) =>
        error is PipelineException and not StageException ? error.GetType().Name : (error.InnerException ?? error).GetType().Name;

    private static string VersionOf(Assembly library)
    {
        string version = library.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0";
        int commit = version.IndexOf('+', StringComparison.Ordinal);
        return commit < 0 ? version : version[..commit];
    }

    private sealed class RunScope(string? before) : IDisposable
    {
        public void Dispose() => CurrentRun.Value = before;
    }
}
