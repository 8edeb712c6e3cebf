using StellarPipeline.Dataflow.Files;

namespace StellarPipeline.Archive.Ledgers;

/// <summary>A file, pipe or other stream of ledgers.</summary>
public sealed class LedgerStreamPart
{
    private readonly Func<CancellationToken, ValueTask<Stream>> open;
    private readonly bool isOnce;
    private int openings;

    /// <summary>Creates a part from a function that opens a stream.</summary>
    /// <param name="name">Name for messages.</param>
    /// <param name="open">Opens the stream at its start; the reader closes it.</param>
    public LedgerStreamPart(string name, Func<CancellationToken, ValueTask<Stream>> open)
        : this(name, open, isOnce: false)
    {
    }

    private LedgerStreamPart(string name, Func<CancellationToken, ValueTask<Stream>> open, bool isOnce)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(open);
        Name = name;
        this.open = open;
        this.isOnce = isOnce;
    }

    /// <summary>Name for messages.</summary>
    public string Name { get; }

    /// <summary>True if the same bytes can be read again; false for standard input and named pipes.</summary>
    internal bool CanBeReadAgain => !isOnce && !IsPipe;

    private bool IsPipe { get; init; }

    /// <summary>Standard input, which can be read only once.</summary>
    public static LedgerStreamPart StandardInput { get; } =
        new("standard input", static _ => ValueTask.FromResult(Console.OpenStandardInput()), isOnce: true);

    /// <summary>A file or a named pipe.</summary>
    /// <param name="path">The path.</param>
    public static LedgerStreamPart File(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return new LedgerStreamPart(path, _ => ValueTask.FromResult<Stream>(new FileStream(path, new FileStreamOptions
        {
            Mode = FileMode.Open,
            Access = FileAccess.Read,
            Share = FileShare.ReadWrite | FileShare.Delete,
            BufferSize = 128 * 1024,
            Options = FileOptions.SequentialScan,
        })))
        {
            IsPipe = IsNoFile(path),
        };
    }

    private static bool IsNoFile(string path)
    {
        try
        {
            string target = System.IO.File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path;
            return FileFacts.Of(target) is { IsRegular: false };
        }
        catch (IOException)
        {
            // A missing file is reported when it is opened.
            return false;
        }
    }

    /// <summary>Opens the stream.</summary>
    /// <exception cref="LedgerException">It cannot be opened.</exception>
    internal async ValueTask<Stream> OpenAsync(CancellationToken cancellationToken)
    {
        if (isOnce && Interlocked.Increment(ref openings) > 1)
            throw new InvalidOperationException($"{Name} can be read only once.");
        try
        {
            return await open(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw LedgerThrow.StreamReadFailed(Name, error);
        }
    }
}
