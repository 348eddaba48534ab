-- wrk's requests: one row of 784 numbers, as bytes or as JSON.
--
--   wrk ... -s infer.lua URL -- binary|json [milliseconds between a connection's requests]
local pause = 0

local function row()
  local numbers = {}
  for i = 1, 784 do
    numbers[i] = (i * 37 % 256) / 255
  end
  return numbers
end

-- IEEE 754, little-endian; of the numbers here neither is subnormal.
local function float_bytes(x)
  if x == 0 then
    return string.char(0, 0, 0, 0)
  end
  local fraction, exponent = math.frexp(x)
  local mantissa = math.floor((fraction * 2 - 1) * 2 ^ 23 + 0.5)
  local biased = exponent + 126
  return string.char(mantissa % 256, math.floor(mantissa / 256) % 256,
    math.floor(mantissa / 65536) % 128 + biased % 2 * 128, math.floor(biased / 2))
end

local function binary_body()
  local bytes = {}
  for _, x in ipairs(row()) do
    bytes[#bytes + 1] = float_bytes(x)
  end
  local header = '{"inputs":[{"name":"input","shape":[1,784],"datatype":"FP32","parameters":{"binary_data_size":3136}}],' ..
    '"outputs":[{"name":"probabilities","parameters":{"binary_data":true}}]}'
  wrk.headers["Inference-Header-Content-Length"] = #header
  wrk.headers["Content-Type"] = "application/octet-stream"
  return header .. table.concat(bytes)
end

local function json_body()
  local texts = {}
  for _, x in ipairs(row()) do
    texts[#texts + 1] = string.format("%.6g", x)
  end
  wrk.headers["Content-Type"] = "application/json"
  return '{"inputs":[{"name":"input","shape":[1,784],"datatype":"FP32","data":[' .. table.concat(texts, ",") ..
    ']}],"outputs":[{"name":"probabilities"}]}'
end

function init(args)
  wrk.method = "POST"
  wrk.body = args[1] == "binary" and binary_body() or json_body()
  pause = tonumber(args[2] or 0)
  if pause > 0 then
    local whole = math.floor(pause)
    delay = function() -- whole milliseconds whose mean is the pause
      return whole + (math.random() < pause - whole and 1 or 0)
    end
  end
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format('{"requests_per_second":%.0f,"p50_ms":%.3f,"p99_ms":%.3f,"max_ms":%.3f,"errors":%d}\n',
    summary.requests / (summary.duration / 1e6), latency:percentile(50) / 1000, latency:percentile(99) / 1000,
    latency.max / 1000, errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
