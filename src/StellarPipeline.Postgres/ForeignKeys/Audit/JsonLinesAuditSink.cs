using System.Buffers;
using System.Collections;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace StellarPipeline.Postgres.ForeignKeys.Audit;

/// <summary>Writes each audit event as one line of JSON, UTF-8, and flushes it, so that events before a crash are in the file.</summary>
/// <remarks>
/// Every line is an object with <c>time</c> (UTC, ISO 8601), <c>event</c>, <c>severity</c> (<c>information</c> or <c>warning</c>), and then
/// the event's own fields in the order of <see cref="AuditEvents"/>.
/// Thread-safe.
/// </remarks>
public sealed class JsonLinesAuditSink : IAuditSink, IDisposable
{
    // Names may hold any letter; nothing here goes into a web page, so they stay readable.
    private static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly Stream stream;
    private readonly TimeProvider clock;
    private readonly Lock gate = new();

    /// <summary>Writes to a stream.</summary>
    /// <param name="stream">Where to; closed with this object.</param>
    /// <param name="clock">Gives the time of each event; null for the system's.</param>
    public JsonLinesAuditSink(Stream stream, TimeProvider? clock = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        this.stream = stream;
        this.clock = clock ?? TimeProvider.System;
    }

    /// <summary>
    /// Appends to a file. A missing file is created with mode 0600, because it contains key values of the loaded tables.
    /// </summary>
    /// <param name="path">The file; its folder must exist.</param>
    /// <param name="clock">Gives the time of each event; null for the system's.</param>
    /// <exception cref="ForeignKeyException">The file cannot be created or written.</exception>
    public static JsonLinesAuditSink Open(string path, TimeProvider? clock = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);

        // No buffer: after a failed write its rest would be tried again when the file is closed, and fail there.
        var options = new FileStreamOptions { Mode = FileMode.Append, Access = FileAccess.Write, Share = FileShare.Read, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        try
        {
            return new JsonLinesAuditSink(new FileStream(path, options), clock);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw ForeignKeyThrow.AuditFile(path, error);
        }
    }

    /// <inheritdoc/>
    public void Record(AuditEvent auditEvent)
    {
        ArgumentNullException.ThrowIfNull(auditEvent);
        var line = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(line, WriterOptions))
        {
            json.WriteStartObject();
            json.WriteString("time", this.clock.GetUtcNow().UtcDateTime);
            json.WriteString("event", auditEvent.Name);
            json.WriteString("severity", auditEvent.Severity == AuditSeverity.Warning ? "warning" : "information");
            foreach ((string? name, object? value) in auditEvent.Fields)
            {
                json.WritePropertyName(name);
                WriteValue(json, value);
            }

            json.WriteEndObject();
        }

        line.Write("\n"u8);
        lock (gate)
        {
            try
            {
                this.stream.Write(line.WrittenSpan);
                this.stream.Flush();
            }
            catch (IOException error)
            {
                throw ForeignKeyThrow.AuditWrite((this.stream as FileStream)?.Name ?? "stream", error);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => this.stream.Dispose();

    private static void WriteValue(Utf8JsonWriter json, object? value)
    {
        switch (value)
        {
            case null:
                json.WriteNullValue();
                break;
            case string text:
                json.WriteStringValue(text);
                break;
            case bool flag:
                json.WriteBooleanValue(flag);
                break;
            case int number:
                json.WriteNumberValue(number);
                break;
            case long number:
                json.WriteNumberValue(number);
                break;
            case double number when double.IsFinite(number):
                json.WriteNumberValue(number);
                break;
            case IEnumerable items:
                json.WriteStartArray();
                foreach (object? item in items)
                    WriteValue(json, item);
                json.WriteEndArray();
                break;
            default:
                json.WriteStringValue(Convert.ToString(value, System.Globalization.CultureInfo.InvariantCulture));
                break;
        }
    }
}
